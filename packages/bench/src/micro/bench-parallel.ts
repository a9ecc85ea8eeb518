import * as tf from "@tensorflow/tfjs";
import { processGroup } from "@vpt/backend";
import type { BenchOptions } from "./bench-options.js";
import { languageStep } from "./language-step.js";
import { runInterleaved, timed } from "./run-interleaved.js";
import { shapes, type ShapeName } from "./shapes.js";
import { timing, type Timing } from "./timing.js";

/** What each process steps on. */
export interface BenchParallelOptions extends Omit<BenchOptions, "reference"> {
  readonly shape: ShapeName;
  /** Rows a step of each process. */
  readonly batch: number;
  readonly tokens: number;
  /** Several processes at once that do not communicate: the most that the machine gives to so many. */
  readonly apart?: boolean;
}

/** Times of learner steps in this process, alone or among others. */
export interface BenchParallel {
  readonly shape: ShapeName;
  readonly processes: number;
  readonly batch: number;
  readonly tokens: number;
  readonly timing: Timing;
  /** Of all processes. */
  readonly tokensPerSecond: number;
  /** Largest resident memory of this process. */
  readonly peakBytes: number;
}

/**
 * Measures learner steps, all parameters trained, with gradients averaged over the processes where there are several;
 * all of them call this.
 *
 * @example
 * ```ts
 * import { benchParallel } from "@vpt/bench";
 *
 * // in every process of vpt launch, after useBackend({ threads: 1 })
 * const { tokensPerSecond } = await benchParallel({ shape: "tiny", batch: 4, tokens: 256, rounds: 5 });
 * ```
 */
export async function benchParallel(options: BenchParallelOptions): Promise<BenchParallel> {
  const { shape, batch, tokens, apart = false } = options;
  const group = processGroup();
  const allReduce = apart ? undefined : group?.allReduce;
  const ours = languageStep({ config: shapes[shape], batch, tokens, ...(allReduce && { allReduce }) });
  try {
    const { step } = await runInterleaved({ step: timed(ours.step, options.now) }, { ...options, warmUp: 1 });
    const processes = group?.size ?? 1;
    const rate = (batch * tokens) / step.timing.median;
    return {
      shape,
      processes,
      batch,
      tokens,
      timing: step.timing,
      tokensPerSecond: group ? processes * (await meanOf(rate, group)) : rate,
      peakBytes: step.peakBytes!,
    };
  } finally {
    ours.dispose();
  }
}

/** Pools the turns of one set-up: every run counts, and the rate is that of the middle turn. */
export const poolTurns = (turns: readonly BenchParallel[]): BenchParallel => ({
  ...turns[0]!,
  timing: timing(turns.flatMap((turn) => turn.timing.runs)),
  tokensPerSecond: timing(turns.map(({ tokensPerSecond }) => tokensPerSecond)).median,
  peakBytes: Math.max(...turns.map(({ peakBytes }) => peakBytes)),
});

/** Averages a rate over the processes: those that do not wait for each other are not equally fast. */
async function meanOf(
  rate: number,
  { allReduce }: Pick<NonNullable<ReturnType<typeof processGroup>>, "allReduce">,
): Promise<number> {
  const { mean } = tf.tidy(() => allReduce({ mean: tf.scalar(rate) }, "bench rate"));
  const [number] = await mean.data();
  mean.dispose();
  return number!;
}
