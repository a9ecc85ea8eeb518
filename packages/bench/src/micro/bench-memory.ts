import { cpus } from "node:os";
import type { BenchOptions } from "./bench-options.js";
import { languageStep } from "./language-step.js";
import { runInterleaved, timed, type Implementation } from "./run-interleaved.js";
import { shapes, type ShapeName } from "./shapes.js";

/** What is measured. */
export interface BenchMemoryOptions extends Omit<BenchOptions, "rounds"> {
  readonly shape: ShapeName;
  readonly batch: number;
  readonly tokens: number;
  readonly candidates: number;
  readonly blocks: number;
  /** Activation checkpointing in our steps. */
  readonly recompute?: boolean;
}

/** Largest resident memory of two processes that each took a few V-Pretraining steps, in bytes. */
export interface BenchMemory {
  readonly shape: ShapeName;
  readonly batch: number;
  readonly tokens: number;
  readonly torch?: string;
  readonly oursBytes: number;
  readonly referenceBytes?: number;
  /** Ours ÷ PyTorch's. */
  readonly ratio?: number;
}

/**
 * Measures the peak resident memory of V-Pretraining steps (feedback gradient, value update, learner step over all
 * parameters). Ours is that of the calling process, tracing and TensorFlow included, so call it in a process of its
 * own.
 *
 * @throws {VptError} When the reference does not start.
 * @example
 * ```ts
 * import { benchMemory, torchReference } from "@vpt/bench";
 *
 * const sizes = { shape: "smollm2-135m", batch: 4, tokens: 256, candidates: 64, blocks: 2 } as const;
 * const { ratio } = await benchMemory({ ...sizes, reference: torchReference("python3") });
 * ```
 */
export async function benchMemory(options: BenchMemoryOptions): Promise<BenchMemory> {
  const { shape, batch, tokens, candidates, blocks, recompute = false } = options;
  const config = shapes[shape];
  const ours = languageStep({ config, batch, tokens, recompute, value: { candidates, blocks, updateEvery: 1 } });
  const setup = { kind: "value", config: { ...config, maxPositions: tokens }, batch, tokens, candidates, blocks };
  const reference = await options.reference?.({ ...setup, threads: cpus().length });
  try {
    const implementations: Record<string, Implementation> = {
      ours: timed(ours.step, options.now),
      ...(reference && { "torch v-step": () => reference.run("v-step") }),
    };
    const comparison = await runInterleaved(implementations, { ...options, rounds: 2, warmUp: 1 });
    const oursBytes = comparison["ours"]!.peakBytes!;
    const referenceBytes = comparison["torch v-step"]?.peakBytes;
    return {
      shape,
      batch,
      tokens,
      ...(reference && { torch: reference.torch }),
      oursBytes,
      ...(referenceBytes !== undefined && { referenceBytes, ratio: oursBytes / referenceBytes }),
    };
  } finally {
    reference?.close();
    ours.dispose();
  }
}
