import * as tf from "@tensorflow/tfjs";
import { globalNorm, mapParams, valueGradient, type Params, type ValueInputs, type ValueOptions } from "@vpt/core";
import type { LanguageBatch, LanguageView } from "@vpt/lang";
import { compile as native } from "@vpt/train";
import { stream } from "../ablation/synthetic-dialect.js";
import { startTiny, tinyLearner, tinySettings, type TinyOptions } from "../ablation/tiny-start.js";
import { doubleBackprop } from "./double-backprop.js";

/** The estimators by name; h is the step of a finite difference as a share of the subset's norm. */
export const estimators: Readonly<Record<string, ValueOptions>> = {
  jvp: { derivative: "forward-mode" },
  "central, h 1e-2": { derivative: "central-difference", relativeStep: 1e-2 },
  "central, h 1e-3": { derivative: "central-difference", relativeStep: 1e-3 },
  "central, h 1e-4": { derivative: "central-difference", relativeStep: 1e-4 },
  "one-sided, h 1e-3": { derivative: "forward-difference", relativeStep: 1e-3 },
  "one-sided, h 3e-4": { derivative: "forward-difference", relativeStep: 3e-4 },
};

/** One estimator on one batch, against double backprop. */
export interface Compared {
  /** `‖a − b‖/‖b‖`. */
  readonly error: number;
  /** In radians. */
  readonly angle: number;
  readonly milliseconds: number;
  readonly peakBytes: number;
}

/** One seed: a batch every third step of a value run. */
export interface EstimatorRow {
  readonly seed: number;
  readonly reference: readonly Pick<Compared, "milliseconds" | "peakBytes">[];
  readonly estimators: Readonly<Record<string, readonly Compared[]>>;
}

/**
 * Follows a value run and, on every third batch, takes ∇_φ V all ways at the designer, learner and direction of that
 * step.
 */
export async function runEstimatorSeed(
  seed: number,
  { settings = tinySettings, compile = native, progress }: TinyOptions,
): Promise<EstimatorRow> {
  const start = await startTiny(seed, stream, settings, compile);
  const config = tinyLearner(settings.width);
  const reference: Measured[] = [];
  const found: Record<string, Compared[]> = Object.fromEntries(Object.keys(estimators).map((name) => [name, []]));
  await start.run("value", {
    onStep: async ({ step, batch, options, now, previous }) => {
      if (step % 3 !== 1) return;
      const direction = tf.tidy(() => {
        const norm = globalNorm(now.feedbackEma);
        return mapParams(now.feedbackEma, (tensor) => tensor.div(norm));
      });
      const { learner, designer } = options;
      const { params, designerParams } = previous;
      const inputs: ValueInputs<LanguageBatch, LanguageView> = {
        learner,
        designer,
        params,
        designerParams,
        batch,
        direction,
      };
      const exact = await measure(() => doubleBackprop(config, inputs));
      reference.push(exact);
      for (const [name, choice] of Object.entries(estimators)) {
        const estimate = await measure(() => tf.tidy(() => valueGradient(inputs, choice).gradient));
        const { milliseconds, peakBytes } = estimate;
        found[name]!.push({ ...compare(estimate.numbers, exact.numbers), milliseconds, peakBytes });
      }
      tf.dispose(direction);
      progress.setStatus(`seed ${seed}: ${reference.length} batches`);
    },
  });
  start.dispose();
  return {
    seed,
    reference: reference.map(({ milliseconds, peakBytes }) => ({ milliseconds, peakBytes })),
    estimators: found,
  };
}

interface Measured {
  readonly numbers: Float64Array;
  readonly milliseconds: number;
  /** Of tensors alive at once, less those alive before. */
  readonly peakBytes: number;
}

/** Runs twice: once for the clock, once under the profiler, which costs time. */
async function measure(gradient: () => Params): Promise<Measured> {
  const began = performance.now();
  const result = gradient();
  const numbers = await flatten(result);
  const milliseconds = performance.now() - began;
  tf.dispose(result);
  const before = tf.memory().numBytes;
  const { peakBytes } = await tf.profile(() => {
    tf.dispose(gradient());
    return tf.scalar(0);
  });
  return { numbers, milliseconds, peakBytes: peakBytes - before };
}

/** All numbers, by name. */
async function flatten(params: Params): Promise<Float64Array> {
  const parts = await Promise.all(
    Object.keys(params)
      .sort()
      .map((name) => params[name]!.data()),
  );
  return Float64Array.from(parts.flatMap((part) => [...part]));
}

/** Relative error and angle in float64. */
export function compare(a: Float64Array, b: Float64Array): Pick<Compared, "error" | "angle"> {
  const dot = (x: Float64Array, y: Float64Array): number => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  const along = dot(a, b) / dot(b, b);
  const [off, across] = [a.map((value, i) => value - b[i]!), a.map((value, i) => value - along * b[i]!)];
  const norm = Math.sqrt(dot(b, b));
  return {
    error: Math.sqrt(dot(off, off)) / norm,
    angle: Math.atan2(Math.sqrt(dot(across, across)), along * norm),
  };
}
