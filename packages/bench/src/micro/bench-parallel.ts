import * as tf from "@tensorflow/tfjs";
import { processGroup } from "@vpt/backend";
import { languageStep } from "./language-step.js";
import { shapes, type ShapeName } from "./shapes.js";
import { runInterleaved, type Timing } from "./timing.js";

/** What each process steps on, and how often. */
export interface BenchParallelOptions {
  readonly shape: ShapeName;
  /** Rows a step of each process. */
  readonly batch: number;
  readonly tokens: number;
  readonly rounds: number;
  /** Several processes at once, each on a run of its own: the most that the machine gives to so many, whatever they speak through. */
  readonly apart?: boolean;
  readonly onRound?: (line: string) => void;
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
 * Learner steps, all parameters trained, with gradients averaged over the processes where there are several; all of them call this.
 *
 * @example
 * ```ts
 * await useBackend({ threads: 1 });
 * const { tokensPerSecond } = await benchParallel({ shape: "tiny", batch: 4, tokens: 256, rounds: 5 }); // in every process of vpt launch
 * ```
 */
export async function benchParallel(options: BenchParallelOptions): Promise<BenchParallel> {
  const { shape, batch, tokens, rounds, apart = false, onRound } = options;
  const group = processGroup();
  const allReduce = apart ? undefined : group?.allReduce;
  const ours = languageStep({ config: shapes[shape], batch, tokens, ...(allReduce && { allReduce }) });
  try {
    const { step } = await runInterleaved({ step: ours.step }, { rounds, warmUp: 1, ...(onRound && { onRound }) });
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

/** Processes that do not wait for each other are not equally fast. */
async function meanOf(
  rate: number,
  { allReduce }: Pick<NonNullable<ReturnType<typeof processGroup>>, "allReduce">,
): Promise<number> {
  const { mean } = tf.tidy(() => allReduce({ mean: tf.scalar(rate) }, "bench rate"));
  const [number] = await mean.data();
  mean.dispose();
  return number!;
}
