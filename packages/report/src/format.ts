import type { RunSummary } from "@vpt/train";
import type { MethodComparison } from "./compare-runs.js";

/** A metric to four decimals; a dash for what was not measured. */
export const decimal = (value: number | undefined): string =>
  value === undefined || !Number.isFinite(value) ? "–" : value.toFixed(4);

/** A difference with its sign; the minus is the typographic one. */
export const signed = (value: number): string => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(4)}`;

/** A difference with its interval in brackets, or alone where it has none. */
export const withInterval = ({ mean, ci95 }: { mean: number; ci95: readonly [number, number] | null }): string =>
  ci95 ? `${signed(mean)} [${signed(ci95[0])}, ${signed(ci95[1])}]` : signed(mean);

/** Seconds a person can read: `0.031 s`, `4.2 s`, `136 s`. */
export const seconds = (value: number): string => `${Number(value.toPrecision(value < 100 ? 2 : 3))} s`;

/** Words in a list: "a", "a and b", "a, b and c". */
export const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;

/** What a method of a run had: its steps, or the seconds of training that the baseline took. */
export function budgetOf({ steps, match, methods }: RunSummary): string {
  if (match !== "seconds") return `${steps} steps a method`;
  const baseline = methods.find(({ method }) => method === "baseline");
  return `as many seconds of training a method as ${baseline?.steps ?? steps} steps of the baseline`;
}

/** A method's difference to the baseline where both had taken as many steps; empty where no evaluation was there. */
export const equalStepsOf = ({ atEqualSteps }: MethodComparison): string =>
  atEqualSteps ? `${withInterval(atEqualSteps.difference)} at step ${Math.round(atEqualSteps.step)}` : "";
