import { cpus } from "node:os";
import * as tf from "@tensorflow/tfjs";
import { compile } from "@vpt/backend";
import type { BenchOptions } from "./bench-options.js";
import { runInterleaved, timed, type Comparison, type Implementation } from "./run-interleaved.js";

/** What is multiplied. */
export interface BenchMatmulOptions extends BenchOptions {
  /** Rows and columns of both factors. */
  readonly size: number;
}

/** Times of one product of square matrices. */
export interface BenchMatmul {
  readonly size: number;
  readonly threads: number;
  readonly processor: string;
  readonly torch?: string;
  readonly comparison: Comparison;
  /** 2·size³ ÷ the median, in 10⁹ a second. */
  readonly gigaflops: Readonly<Record<string, number>>;
  /** PyTorch's time ÷ ours. */
  readonly ratios: Readonly<Partial<Record<"f32" | "bf16", number>>>;
}

const precisions = ["f32", "bf16"] as const;

/**
 * Measures one product of square matrices in float32 and in bfloat16, ours (compiled) and PyTorch's in turn, from call
 * to one number read.
 *
 * @throws {VptError} When the reference does not start.
 * @example
 * ```ts
 * import { benchMatmul, torchReference } from "@vpt/bench";
 *
 * const { gigaflops, ratios } = await benchMatmul({ size: 2048, rounds: 7, reference: torchReference("python3") });
 * ```
 */
export async function benchMatmul(options: BenchMatmulOptions): Promise<BenchMatmul> {
  const { size } = options;
  const threads = cpus().length;
  const [a, b] = [0, 1].map((seed) => tf.randomNormal([size, size], 0, 1, "float32", seed) as tf.Tensor2D);
  const reference = await options.reference?.({ kind: "matmul", size, threads });
  const ours = (precision: (typeof precisions)[number]): Implementation => {
    const product = compile((x: tf.Tensor2D, y: tf.Tensor2D) => tf.matMul(x, y), { precision });
    return timed(async () => {
      const corner = tf.tidy(() => tf.slice(product(a!, b!), [0, 0], [1, 1]));
      const [number = 0] = await corner.data();
      corner.dispose();
      return number;
    }, options.now);
  };
  try {
    const implementations: Record<string, Implementation> = {};
    for (const precision of precisions) {
      implementations[`ours ${precision}`] = ours(precision);
      if (reference) implementations[`torch ${precision}`] = () => reference.run(precision);
    }
    const comparison = await runInterleaved(implementations, { ...options, warmUp: 2 });
    const median = (name: string): number => comparison[name]!.timing.median;
    const gigaflops = Object.keys(comparison).map((name) => [name, (2 * size ** 3) / 1e9 / median(name)] as const);
    const ratios = (reference ? precisions : []).map(
      (each) => [each, median(`torch ${each}`) / median(`ours ${each}`)] as const,
    );
    return {
      size,
      threads,
      processor: cpus()[0]!.model,
      ...(reference && { torch: reference.torch }),
      comparison,
      gigaflops: Object.fromEntries(gigaflops),
      ratios: Object.fromEntries(ratios),
    };
  } finally {
    reference?.close();
    tf.dispose([a!, b!]);
  }
}
