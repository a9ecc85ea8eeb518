import { cpus } from "node:os";
import * as tf from "@tensorflow/tfjs";
import { compile } from "@vpt/backend";
import { runInterleaved, timed, type Measurement, type Implementation } from "./timing.js";
import { startTorchReference } from "./torch-reference.js";

/** What is multiplied, how often, and against whom. */
export interface BenchMatmulOptions {
  /** Rows and columns of both factors. */
  readonly size: number;
  readonly rounds: number;
  /** A Python that has torch; without it only our own products are timed. */
  readonly python?: string;
  readonly onRound?: (line: string) => void;
}

/** Times of one product of square matrices. */
export interface BenchMatmul {
  readonly size: number;
  readonly threads: number;
  readonly processor: string;
  readonly torch?: string;
  readonly comparison: Readonly<Record<string, Measurement>>;
  /** 2·size³ ÷ the median, in 10⁹ a second. */
  readonly gigaflops: Readonly<Record<string, number>>;
  /** PyTorch's time ÷ ours. */
  readonly ratios: Readonly<Partial<Record<"f32" | "bf16", number>>>;
}

const precisions = ["f32", "bf16"] as const;

/**
 * One product of square matrices in float32 and in bfloat16, ours (compiled) and PyTorch's in turn, from call to one number read.
 *
 * @throws {VptError} When the Python does not start, or has no torch.
 * @example
 * ```ts
 * const { gigaflops, ratios } = await benchMatmul({ size: 2048, rounds: 7, python: "python3" });
 * ```
 */
export async function benchMatmul({ size, rounds, python, onRound }: BenchMatmulOptions): Promise<BenchMatmul> {
  const threads = cpus().length;
  const [a, b] = [0, 1].map((seed) => tf.randomNormal([size, size], 0, 1, "float32", seed) as tf.Tensor2D);
  const reference = python ? await startTorchReference(python, { kind: "matmul", size, threads }) : undefined;
  const ours = (precision: (typeof precisions)[number]): Implementation => {
    const product = compile((x: tf.Tensor2D, y: tf.Tensor2D) => tf.matMul(x, y), { precision });
    return timed(async () => {
      const corner = tf.tidy(() => tf.slice(product(a!, b!), [0, 0], [1, 1]));
      const [number = 0] = await corner.data();
      corner.dispose();
      return number;
    });
  };
  try {
    const implementations: Record<string, Implementation> = {};
    for (const precision of precisions) {
      implementations[`ours ${precision}`] = ours(precision);
      if (reference) implementations[`torch ${precision}`] = () => reference.run(precision);
    }
    const comparison = await runInterleaved(implementations, { rounds, warmUp: 2, ...(onRound && { onRound }) });
    const median = (name: string): number => comparison[name]!.timing.median;
    return {
      size,
      threads,
      processor: cpus()[0]!.model,
      ...(reference && { torch: reference.torch }),
      comparison,
      gigaflops: Object.fromEntries(
        Object.keys(comparison).map((name) => [name, (2 * size ** 3) / 1e9 / median(name)]),
      ),
      ratios: reference
        ? Object.fromEntries(precisions.map((each) => [each, median(`torch ${each}`) / median(`ours ${each}`)]))
        : {},
    };
  } finally {
    reference?.close();
    tf.dispose([a!, b!]);
  }
}
