const known: Readonly<Record<string, string>> = {
  baseline: "#868e96",
  value: "#3b82f6",
  tilt: "#e07b00",
  "random-direction": "#0d9f7f",
  "shuffled-labels": "#c24bd6",
  uniform: "#8b6f47",
  "self-distillation": "#0c9bb5",
  oracle: "#6aa019",
  "sign-flipped": "#e5484d",
  sft: "#8b5cf6",
  "constant-bias": "#7a8450",
  "random-mask": "#d6409f",
  "random-tilt": "#b8860b",
};
const spare = ["#5b7fd1", "#c96a3d", "#3f9e5b", "#a65dc0", "#b34a6b", "#4d8f99"];

/** A colour a method, to be seen on white and on black; a method has the same in every chart, table and report. */
export function methodColors(methods: readonly string[]): ReadonlyMap<string, string> {
  const own = [...new Set(methods)].filter((method) => !(method in known)).sort();
  return new Map([...Object.entries(known), ...own.map((method, i) => [method, spare[i % spare.length]!] as const)]);
}
