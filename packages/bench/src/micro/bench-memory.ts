import { cpus } from "node:os";
import { languageStep } from "./language-step.js";
import { shapes, type ShapeName } from "./shapes.js";
import { runInterleaved, type Implementation } from "./timing.js";
import { startTorchPeer } from "./torch-peer.js";

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
  readonly peerBytes?: number;
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
  const peer = python ? await startTorchPeer(python, { ...setup, threads: cpus().length }) : undefined;
  try {
    const contestants: Record<string, Implementation> = {
      ours: ours.step,
      ...(peer && { "torch v-step": () => peer.run("v-step") }),
    };
    const contests = await runInterleaved(contestants, { rounds: 2, warmUp: 1, ...(onRound && { onRound }) });
    const oursBytes = contests["ours"]!.peakBytes!;
    const peerBytes = contests["torch v-step"]?.peakBytes;
    return {
      shape,
      batch,
      tokens,
      ...(peer && { torch: peer.torch }),
      oursBytes,
      ...(peerBytes !== undefined && { peerBytes, ratio: oursBytes / peerBytes }),
    };
  } finally {
    peer?.close();
    ours.dispose();
  }
}
