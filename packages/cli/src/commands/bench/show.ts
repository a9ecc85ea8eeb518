import { type Measurement, saveResult } from "@vpt/bench";

type Ratios = Readonly<Record<string, number>>;

/** Times of the implementations, then their ratios, with those of the fastest runs where a few per cent matter. */
export const print = (
  comparison: Readonly<Record<string, Measurement>>,
  ratios: Ratios,
  fastest: Ratios = {},
): void => {
  for (const [name, { timing, peakBytes }] of Object.entries(comparison)) {
    const spread = `${timing.low.toFixed(2)}–${timing.high.toFixed(2)}`;
    const memory = peakBytes === undefined ? "" : `, peak ${gigabytes(peakBytes)}`;
    console.log(`${name.padEnd(14)} ${timing.median.toFixed(2)} s (quartiles ${spread})${memory}`);
  }
  for (const [name, ratio] of Object.entries(ratios)) {
    const best = fastest[name] === undefined ? "" : ` (of the fastest runs ${fastest[name].toFixed(2)})`;
    console.log(`ratio ${name} ${ratio.toFixed(2)}${best}`);
  }
};

/** Prints a result, as JSON where that is asked for, and keeps it where a folder is named. */
export const show = async (
  { json, out }: { readonly json?: boolean | undefined; readonly out?: string | undefined },
  rawArgs: readonly string[],
  result: object,
  text: () => void,
): Promise<void> => {
  if (json) console.log(JSON.stringify(result));
  else text();
  if (out === undefined) return;
  const path = await saveResult(out, commandOf(rawArgs), result);
  if (!json) console.log(`kept in ${path}`);
};

/** The command to type again: without where its result goes and which Python it asks. */
const commandOf = (rawArgs: readonly string[]): string =>
  `vpt bench ${process.argv[3]} ${rawArgs.join(" ")}`.replaceAll(/ --(out|python)[= ]\S+| --json/g, "").trim();

export const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`;
