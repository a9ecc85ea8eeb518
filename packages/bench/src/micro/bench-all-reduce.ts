import * as tf from "@tensorflow/tfjs";
import { processGroup } from "@vpt/backend";
import { VptError } from "@vpt/core";
import type { BenchOptions } from "./bench-options.js";
import { runInterleaved, timed, type Comparison, type Implementation } from "./run-interleaved.js";

/** What is averaged; {@link BenchOptions.reference} runs gloo between two processes, started by the first of ours. */
export interface BenchAllReduceOptions extends BenchOptions {
  /** 10⁶ bytes, in tensors of 4 · 10⁶ numbers and one with the rest. */
  readonly megabytes: number;
}

/** Times of one mean over the processes. */
export interface BenchAllReduce {
  readonly processes: number;
  readonly megabytes: number;
  readonly torch?: string;
  readonly comparison: Comparison;
  /** Of the numbers averaged, not of what goes over the wire. */
  readonly megabytesPerSecond: number;
  /** Gloo's time ÷ ours; only for two processes. */
  readonly ratios: Readonly<Partial<Record<"gloo", number>>>;
}

const numbersInOne = 4_000_000;

/**
 * Measures the mean of float32 tensors over the processes of {@link processGroup}; all of them call this.
 *
 * @throws {VptError} In a process on its own.
 * @example
 * ```ts
 * import { benchAllReduce } from "@vpt/bench";
 *
 * // in every process of vpt launch, after useBackend()
 * const { megabytesPerSecond } = await benchAllReduce({ megabytes: 64, rounds: 5 });
 * ```
 */
export async function benchAllReduce(options: BenchAllReduceOptions): Promise<BenchAllReduce> {
  const { megabytes } = options;
  const group = processGroup();
  if (!group) throw new VptError("benchAllReduce: one process alone; start several with vpt launch");
  const total = megabytes * 250_000;
  const sizes = Array.from({ length: Math.ceil(total / numbersInOne) }, (_, i) =>
    Math.min(numbersInOne, total - i * numbersInOne),
  );
  const tensors = Object.fromEntries(sizes.map((size, i) => [`part ${i}`, tf.ones([size])]));
  const isStarter = group.rank === 0 && group.size === 2;
  const reference = isStarter ? await options.reference?.({ kind: "allreduce", megabytes, threads: 1 }) : undefined;
  // One number first: all begin together
  const synchronize = (): void => tf.dispose(group.allReduce({ ready: tf.scalar(1) }, "bench ready"));
  const average = timed(async () => {
    const means = group.allReduce(tensors, "bench");
    const [first = 0] = await means["part 0"]!.data();
    tf.dispose(means);
    return first;
  }, options.now);
  const implementations: Record<string, Implementation> = {
    ours: () => (synchronize(), average()),
    ...(reference && { gloo: () => reference.run("eager") }),
  };
  try {
    const comparison = await runInterleaved(implementations, { ...options, warmUp: 2 });
    const ours = comparison["ours"]!.timing.median;
    const theirs = comparison["gloo"]?.timing.median;
    return {
      processes: group.size,
      megabytes,
      ...(reference && { torch: reference.torch }),
      comparison,
      megabytesPerSecond: megabytes / ours,
      ratios: theirs === undefined ? {} : { gloo: theirs / ours },
    };
  } finally {
    reference?.close();
    tf.dispose(tensors);
  }
}
