/** A number with a unit in three digits: `1.23 T`. */
export const short = (value: number, unit = ""): string => {
  const rounded = Number(value.toPrecision(3)); // 999,999 is 1.00 M
  const [name, size] =
    (
      [
        ["E", 1e18],
        ["P", 1e15],
        ["T", 1e12],
        ["G", 1e9],
        ["M", 1e6],
        ["k", 1e3],
      ] as const
    ).find(([, each]) => rounded >= each) ?? (["", 1] as const);
  return `${(value / size).toPrecision(3)} ${name}${unit}`.trimEnd();
};
