import { cpus } from "node:os";
import type { BenchOptions } from "./bench-options.js";
import { languageStep } from "./language-step.js";
import { runInterleaved, secondsOf, timed, type Comparison, type Implementation } from "./run-interleaved.js";
import { shapes, type ShapeName } from "./shapes.js";

/** What is timed. */
export interface BenchValueOptions extends BenchOptions {
  readonly shape: ShapeName;
  readonly batch: number;
  readonly tokens: number;
  /** Candidates K a position. */
  readonly candidates: number;
  /** Blocks at the end over which the value is taken. */
  readonly blocks: number;
  readonly threads?: number;
}

/** Times of steps with and without a value update, and what follows. */
export interface BenchValue {
  readonly shape: ShapeName;
  readonly batch: number;
  readonly tokens: number;
  readonly candidates: number;
  readonly blocks: number;
  readonly threads: number;
  readonly processor: string;
  readonly torch?: string;
  readonly comparison: Comparison;
  /** Mean V-Pretraining step ÷ baseline step with an update every 8 steps and at each step; PyTorch's update ÷ ours. */
  readonly ratios: Readonly<Partial<Record<"r = 8" | "r = 1" | "double backprop", number>>>;
  /** The same of the fastest runs: other load on a shared machine adds more than a few per cent. */
  readonly fastestRatios: BenchValue["ratios"];
}

type OurSeconds = Readonly<Record<"baseline" | "update" | "between", number>>;

/**
 * Computes the ratios from seconds of a baseline step, of a step with an update, of one without, and of PyTorch's
 * update.
 */
export function valueRatios(seconds: OurSeconds & { readonly reference?: number }): BenchValue["ratios"] {
  const { baseline, update, between, reference } = seconds;
  return {
    "r = 8": (update + 7 * between) / 8 / baseline,
    "r = 1": update / baseline,
    ...(reference !== undefined && { "double backprop": reference / (update - between) }),
  };
}

/**
 * Measures what V-Pretraining costs: a baseline step, a step with a value update (with the gradient of the feedback
 * batch, half the learner's) and a step between updates, all parameters trained. Our update's own time is the
 * difference of the last two; PyTorch's program does the update alone, by double backprop, with a given direction.
 *
 * @throws {VptError} When the reference does not start.
 * @example
 * ```ts
 * import { benchValue } from "@vpt/bench";
 *
 * const sizes = { shape: "smollm2-135m", batch: 4, tokens: 256, candidates: 64, blocks: 2 } as const;
 * const { ratios } = await benchValue({ ...sizes, rounds: 5 });
 * ```
 */
export async function benchValue(options: BenchValueOptions): Promise<BenchValue> {
  const { shape, batch, tokens, candidates, blocks, now, threads = cpus().length } = options;
  const config = shapes[shape];
  const sizes = { batch, tokens, candidates, blocks, threads };
  const baseline = languageStep({ config, batch, tokens });
  // Every second step has an update
  const valued = languageStep({ config, batch, tokens, value: { candidates, blocks, updateEvery: 2 } });
  const setup = { kind: "value", config: { ...config, maxPositions: tokens }, ...sizes };
  const reference = await options.reference?.(setup);
  try {
    const implementations: Record<string, Implementation> = {
      baseline: timed(baseline.step, now),
      update: timed(valued.step, now),
      between: timed(valued.step, now),
      ...(reference && { "torch update": () => reference.run("eager") }),
    };
    const comparison = await runInterleaved(implementations, { ...options, warmUp: 2 });
    const ratiosOf = (which: "median" | "fastest") => {
      const { "torch update": theirs, ...ours } = secondsOf(comparison, which);
      return valueRatios({ ...(ours as OurSeconds), ...(theirs !== undefined && { reference: theirs }) });
    };
    return {
      shape,
      ...sizes,
      processor: cpus()[0]!.model,
      ...(reference && { torch: reference.torch }),
      comparison,
      ratios: ratiosOf("median"),
      fastestRatios: ratiosOf("fastest"),
    };
  } finally {
    reference?.close();
    baseline.dispose();
    valued.dispose();
  }
}
