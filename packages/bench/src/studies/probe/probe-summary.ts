import { pearson, type ProbeResult, type StepProbeResult } from "@vpt/core";

/** How well one kind of step is predicted. */
export interface ProbeSummary {
  readonly n: number;
  readonly r: number;
  readonly ci95: readonly [number, number];
  /** r without the hundredth of the pairs that are farthest from what was predicted: one wild step can decide r. */
  readonly trimmed: number;
  /** Of realised on predicted, through the origin: 1 when the first order is all there is. */
  readonly slope: number;
  /** Share of steps after which the downstream loss was lower. */
  readonly fell: number;
  /** Share of steps whose sign was predicted. */
  readonly sameSign: number;
}

/**
 * The pairs of each kind of step: `SGD η` for each rate, the same where the gradient is no longer than the run's clip,
 * the step taken, and the latter as the feedback batch alone predicts it.
 */
export function pairsByStep(
  results: readonly StepProbeResult[],
  rates: readonly number[],
  clipNorm: number,
): Readonly<Record<string, readonly Pair[]>> {
  const calm = results.filter(({ gradientNorm }) => gradientNorm <= clipNorm);
  const byFeedback = results.flatMap(({ taken, byFeedback: predicted }) =>
    predicted === undefined ? [] : [{ predicted, realised: taken.realised }],
  );
  return {
    ...Object.fromEntries(rates.map((rate, i) => [`SGD ${rate}`, results.map((result) => result.rates[i]!)])),
    ...(calm.length > 0 &&
      Object.fromEntries(
        rates.map((rate, i) => [`SGD ${rate}, norm at most ${clipNorm}`, calm.map((result) => result.rates[i]!)]),
      )),
    "AdamW step": results.map(({ taken }) => taken),
    ...(byFeedback.length > 0 && { "AdamW step, predicted by feedback": byFeedback }),
  };
}

/**
 * Pearson's r with its 95 % interval by Fisher's z, which takes pairs for independent, and what else a cloud of pairs
 * says.
 */
export function summarizePairs(pairs: readonly Pair[]): ProbeSummary {
  const sum = (of: (pair: Pair) => number): number => pairs.reduce((total, pair) => total + of(pair), 0);
  const share = (of: (pair: Pair) => boolean): number => pairs.filter(of).length / pairs.length;
  const nearest = [...pairs].sort((a, b) => Math.abs(a.realised - a.predicted) - Math.abs(b.realised - b.predicted));
  return {
    n: pairs.length,
    ...pearson(pairs),
    trimmed: pearson(nearest.slice(0, Math.floor(0.99 * pairs.length))).r,
    slope: sum((p) => p.predicted * p.realised) / sum((p) => p.predicted ** 2),
    fell: share((p) => p.realised > 0),
    sameSign: share((p) => Math.sign(p.predicted) === Math.sign(p.realised)),
  };
}

/** A row of a Markdown table. */
export const describeSummary = (
  name: string,
  { n, r, ci95, trimmed, slope, fell, sameSign }: ProbeSummary,
  more: readonly string[] = [],
): string => {
  const interval = `[${ci95.map((end) => end.toFixed(3)).join(", ")}]`;
  const shares = [slope, fell, sameSign].map((value) => value.toFixed(2));
  return `| ${[name, String(n), r.toFixed(3), interval, trimmed.toFixed(3), ...shares, ...more].join(" | ")} |`;
};

type Pair = Pick<ProbeResult, "predicted" | "realised">;

/** Its head, after the columns before `name`. */
export const summaryHead = (before: readonly string[], after: readonly string[] = []): string => {
  const cells = [...before, "n", "r", "95 %", "r without 1 %", "slope", "share that fell", "sign right", ...after];
  return `| ${cells.join(" | ")} |\n| ${cells.map(() => "---").join(" | ")} |`;
};
