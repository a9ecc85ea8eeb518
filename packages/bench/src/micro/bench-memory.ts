import { cpus } from "node:os";
import { languageStep } from "./language-step.js";
import { shapes, type ShapeName } from "./shapes.js";
import { runInterleaved, type Implementation } from "./timing.js";
import { startTorchReference } from "./torch-reference.js";

/** What is measured, and against whom. */
export interface BenchMemoryOptions {
  readonly shape: ShapeName;
  readonly batch: number;
  readonly tokens: number;
  readonly candidates: number;
  readonly blocks: number;
  /** Activation recompute in our steps. */
  readonly recompute?: boolean;
  /** A Python that has torch; without it only our own process is measured. */
  readonly python?: string;
  readonly onRound?: (line: string) => void;
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
 * Peak resident memory of V-Pretraining steps (feedback gradient, value update, learner step over all parameters). Ours is that of the
 * calling process, tracing and TensorFlow included, so call it in a process of its own.
 *
 * @throws {VptError} When the Python does not start, or has no torch.
 * @example
 * ```ts
 * const { ratio } = await benchMemory({ shape: "smollm2-135m", batch: 4, tokens: 256, candidates: 64, blocks: 2, python: "python3" });
 * ```
 */
export async function benchMemory(options: BenchMemoryOptions): Promise<BenchMemory> {
  const { shape, batch, tokens, candidates, blocks, recompute = false, python, onRound } = options;
  const config = shapes[shape];
  const ours = languageStep({ config, batch, tokens, recompute, value: { candidates, blocks, updateEvery: 1 } });
  const setup = { kind: "value", config: { ...config, maxPositions: tokens }, batch, tokens, candidates, blocks };
  const reference = python ? await startTorchReference(python, { ...setup, threads: cpus().length }) : undefined;
  try {
    const implementations: Record<string, Implementation> = {
      ours: ours.step,
      ...(reference && { "torch v-step": () => reference.run("v-step") }),
    };
    const comparison = await runInterleaved(implementations, { rounds: 2, warmUp: 1, ...(onRound && { onRound }) });
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
