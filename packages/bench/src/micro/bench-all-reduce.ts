import * as tf from "@tensorflow/tfjs";
import { processGroup } from "@vpt/backend";
import { VptError } from "@vpt/core";
import { runInterleaved, timed, type Measurement, type Implementation } from "./timing.js";
import { startTorchReference } from "./torch-reference.js";

/** What is averaged, how often, and against whom. */
export interface BenchAllReduceOptions {
  /** 10⁶ bytes, in tensors of 4 · 10⁶ numbers and one with the rest. */
  readonly megabytes: number;
  readonly rounds: number;
  /** A Python that has torch, for gloo between two processes; the first process starts it. */
  readonly python?: string;
  readonly onRound?: (line: string) => void;
}

/** Times of one mean over the processes. */
export interface BenchAllReduce {
  readonly processes: number;
  readonly megabytes: number;
  readonly torch?: string;
  readonly comparison: Readonly<Record<string, Measurement>>;
  /** Of the numbers averaged, not of what goes over the wire. */
  readonly megabytesPerSecond: number;
  /** Gloo's time ÷ ours; only for two processes. */
  readonly ratios: Readonly<Partial<Record<"gloo", number>>>;
}

const numbersInOne = 4_000_000;

/**
 * The mean of float32 tensors over the processes of {@link processGroup}; all of them call this.
 *
 * @throws {VptError} In a process on its own.
 * @example
 * ```ts
 * await useBackend();
 * const { megabytesPerSecond } = await benchAllReduce({ megabytes: 64, rounds: 5 }); // in every process of vpt launch
 * ```
 */
export async function benchAllReduce(options: BenchAllReduceOptions): Promise<BenchAllReduce> {
  const { megabytes, rounds, python, onRound } = options;
  const group = processGroup();
  if (!group) throw new VptError("benchAllReduce: one process alone; start several with vpt launch");
  const total = megabytes * 250_000;
  const sizes = Array.from({ length: Math.ceil(total / numbersInOne) }, (_, i) =>
    Math.min(numbersInOne, total - i * numbersInOne),
  );
  const tensors = Object.fromEntries(sizes.map((size, i) => [`part ${i}`, tf.ones([size])]));
  const reference =
    python && group.rank === 0 && group.size === 2
      ? await startTorchReference(python, { kind: "allreduce", megabytes, threads: 1 })
      : undefined;
  // One number first: all begin together
  const together = (): void => tf.dispose(group.allReduce({ ready: tf.scalar(1) }, "bench ready"));
  const implementations: Record<string, Implementation> = {
    ours: async () => {
      together();
      return timed(async () => {
        const means = group.allReduce(tensors, "bench");
        const [first = 0] = await means["part 0"]!.data();
        tf.dispose(means);
        return first;
      })();
    },
    ...(reference && { gloo: () => reference.run("eager") }),
  };
  try {
    const comparison = await runInterleaved(implementations, { rounds, warmUp: 2, ...(onRound && { onRound }) });
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
