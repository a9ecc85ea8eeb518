import {
  estimatorBias,
  pearson,
  stepBound,
  taylorRemainderOrder,
  type EstimatorBias,
  type StepProbeResult,
} from "@vpt/core";
import { quantile } from "@vpt/eval/statistics";
import type { FeedbackDraws } from "./feedback-draws.js";
import type { StepDiagnostics, SubsetGap } from "./step-diagnostics.js";

/** Theorem 3.1 along the SGD steps of a probe. */
export interface StepBoundDiagnostic {
  /** The largest curvature met along a step: an estimate of L from below. */
  readonly smoothness: number;
  /** Steps after those of the first batch: the bound with the largest curvature of the batches before. */
  readonly points: readonly { readonly rate: number; readonly guaranteed: number; readonly realised: number }[];
  /** Share of `points` that the bound holds for. */
  readonly held: number;
  /** Median of `2V/(L‖g_pre‖²)` over the batches with V > 0; absent where no curvature was positive. */
  readonly largestRate?: number;
}

/** Proposition 3.2: how what the value leaves out shrinks with η. */
export interface RemainderDiagnostic {
  /** The median of the order p in `|ηV − realised| ∝ η^p` over the batches; the proposition says 2. */
  readonly order: number;
  /** Quartiles of the order. */
  readonly quartiles: readonly [number, number];
  /** Batches whose remainder was above the rounding of the loss at two rates or more. */
  readonly n: number;
  /** The median remainder of those batches by rate. */
  readonly points: readonly { readonly rate: number; readonly remainder: number }[];
}

/**
 * Lemma 3.3 for one step: draws of the feedback batch against all probe rows. The two are different rows, so their
 * difference is not the estimator's bias alone.
 */
export interface EstimatorDiagnostic extends EstimatorBias, Omit<FeedbackDraws, "sameRows"> {
  /** Draws of the probe rows themselves against all of them: the case of the lemma. */
  readonly sameRows?: EstimatorBias & { readonly draws: readonly number[] };
}

/** v2's equation 35: the decrease that the step taken should have, and had. */
export interface StepTakenDiagnostic {
  /** Over the aligned subset, or over all trained parameters where there is none. */
  readonly over: "aligned" | "trained";
  readonly pairs: readonly { readonly predicted: number; readonly realised: number }[];
  readonly r: number;
  readonly ci95: readonly [number, number];
  /** Of realised on predicted, through the origin. */
  readonly slope: number;
}

/** The paper's theory along the probed steps of one method. */
export interface ProbeDiagnostics {
  /** Absent where every remainder is within the rounding of the loss, or one batch was probed. */
  readonly stepBound?: StepBoundDiagnostic;
  /** Absent with fewer than two rates above the rounding of the loss. */
  readonly remainder?: RemainderDiagnostic;
  /** Absent without a value, or with several feedbacks. */
  readonly estimator?: EstimatorDiagnostic;
  /** Equation 20, one a batch; absent without a value. */
  readonly subset?: readonly SubsetGap[];
  readonly stepTaken: StepTakenDiagnostic;
}

/**
 * Computes what the theorems say about probed steps.
 *
 * @param results One a batch.
 * @param rates The η of each result's `rates`.
 * @param steps One a batch, in the same order.
 * @see arXiv 2601.22108v1, theorem 3.1, proposition 3.2, lemma 3.3, equation 20; v2, equation 35.
 */
export function probeDiagnostics(
  results: readonly StepProbeResult[],
  rates: readonly number[],
  steps: readonly StepDiagnostics[],
  drawn?: FeedbackDraws,
): ProbeDiagnostics {
  const bound = boundAlong(results, rates);
  const remainder = remainderOf(results, rates);
  const gaps = steps.flatMap(({ gap }) => gap ?? []);
  return {
    ...(bound && { stepBound: bound }),
    ...(remainder && { remainder }),
    ...(drawn && { estimator: estimatorOf(drawn) }),
    ...(gaps.length > 0 && { subset: gaps }),
    stepTaken: stepTaken(results, steps, gaps.length > 0 ? "aligned" : "trained"),
  };
}

const estimatorOf = ({ draws, exact, sameRows }: FeedbackDraws): EstimatorDiagnostic => ({
  ...estimatorBias(draws, exact),
  draws,
  exact,
  ...(sameRows && { sameRows: { ...estimatorBias(sameRows, exact), draws: sameRows } }),
});

/** What float32 leaves of a difference of two losses of this size. */
const roundingOf = (loss: number): number => 2 ** -20 * Math.abs(loss);

type Pair = StepProbeResult["taken"];
const isMeasured = ({ loss, predicted, realised }: Pair): boolean => Math.abs(predicted - realised) > roundingOf(loss);

function boundAlong(results: readonly StepProbeResult[], rates: readonly number[]): StepBoundDiagnostic | undefined {
  const points: StepBoundDiagnostic["points"][number][] = [];
  const values: { readonly value: number; readonly squared: number }[] = [];
  let smoothness = -Infinity;
  let kept = 0;
  for (const { rates: pairs, gradientNorm } of results) {
    const along = pairs.map((pair, i) => ({
      pair,
      step: { learningRate: rates[i]!, value: pair.predicted / rates[i]!, gradientNorm, realised: pair.realised },
    }));
    if (Number.isFinite(smoothness))
      for (const { pair, step } of along) {
        const { guaranteed } = stepBound({ ...step, smoothness: Math.max(0, smoothness) });
        points.push({ rate: step.learningRate, guaranteed, realised: pair.realised });
        if (pair.realised >= guaranteed - roundingOf(pair.loss)) kept++;
      }
    for (const { pair, step } of along)
      if (isMeasured(pair)) smoothness = Math.max(smoothness, stepBound(step).curvature);
    values.push({ value: along[0]!.step.value, squared: gradientNorm ** 2 });
  }
  if (points.length === 0) return undefined;
  const reaches = values.flatMap(({ value, squared }) => (value > 0 ? [(2 * value) / (smoothness * squared)] : []));
  return {
    smoothness,
    points,
    held: kept / points.length,
    ...(smoothness > 0 && reaches.length > 0 && { largestRate: quantile(ascending(reaches), 0.5) }),
  };
}

function remainderOf(results: readonly StepProbeResult[], rates: readonly number[]): RemainderDiagnostic | undefined {
  const perBatch = results
    .map(({ rates: pairs }) =>
      pairs.flatMap((pair, i) =>
        isMeasured(pair) ? [{ learningRate: rates[i]!, remainder: pair.predicted - pair.realised }] : [],
      ),
    )
    .filter((points) => new Set(points.map(({ learningRate }) => learningRate)).size > 1);
  if (perBatch.length === 0) return undefined;
  const orders = ascending(perBatch.map(taylorRemainderOrder));
  return {
    order: quantile(orders, 0.5),
    quartiles: [quantile(orders, 0.25), quantile(orders, 0.75)],
    n: orders.length,
    points: rates.flatMap((rate) => {
      const own = perBatch.flat().filter(({ learningRate }) => learningRate === rate);
      if (own.length === 0) return [];
      return [
        {
          rate,
          remainder: quantile(ascending(own.map(({ remainder }) => Math.abs(remainder))), 0.5),
        },
      ];
    }),
  };
}

function stepTaken(
  results: readonly StepProbeResult[],
  steps: readonly StepDiagnostics[],
  over: StepTakenDiagnostic["over"],
): StepTakenDiagnostic {
  const pairs = results.map(({ taken: { realised } }, i) => ({ predicted: steps[i]!.predictedDecrease, realised }));
  const sum = (of: (pair: (typeof pairs)[number]) => number): number =>
    pairs.reduce((total, pair) => total + of(pair), 0);
  const slope = sum(({ predicted, realised }) => predicted * realised) / sum(({ predicted }) => predicted ** 2);
  return { over, pairs, ...pearson(pairs), slope };
}

const ascending = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);
