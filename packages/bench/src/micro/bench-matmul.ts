import { cpus } from "node:os";
import * as tf from "@tensorflow/tfjs";
import { compile } from "@vpt/backend";
import { runInterleaved, timed, type Contest, type Implementation } from "./timing.js";
import { startTorchPeer } from "./torch-peer.js";

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
  readonly contests: Readonly<Record<string, Contest>>;
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
  const peer = python ? await startTorchPeer(python, { kind: "matmul", size, threads }) : undefined;
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
    const contestants: Record<string, Implementation> = {};
    for (const precision of precisions) {
      contestants[`ours ${precision}`] = ours(precision);
      if (peer) contestants[`torch ${precision}`] = () => peer.run(precision);
    }
    const contests = await runInterleaved(contestants, { rounds, warmUp: 2, ...(onRound && { onRound }) });
    const median = (name: string): number => contests[name]!.timing.median;
    return {
      size,
      threads,
      processor: cpus()[0]!.model,
      ...(peer && { torch: peer.torch }),
      contests,
      gigaflops: Object.fromEntries(Object.keys(contests).map((name) => [name, (2 * size ** 3) / 1e9 / median(name)])),
      ratios: peer
        ? Object.fromEntries(precisions.map((each) => [each, median(`torch ${each}`) / median(`ours ${each}`)]))
        : {},
    };
  } finally {
    peer?.close();
    tf.dispose([a!, b!]);
  }
}
