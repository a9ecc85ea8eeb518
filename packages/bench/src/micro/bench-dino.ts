import { cpus } from "node:os";
import { dinov3Config } from "@vpt/vision";
import type { BenchOptions } from "./bench-options.js";
import { dinoStep, type DinoStepShape } from "./dino-step.js";
import { runInterleaved, secondsOf, timed, type Comparison, type Implementation } from "./run-interleaved.js";

/** Shapes of the DINO step; weights are random, as they do not change a time. */
export const dinoShapes: Readonly<Record<"vit-s16" | "tiny", Omit<DinoStepShape, "batch">>> = {
  "vit-s16": {
    config: dinov3Config("small"),
    head: { hiddenSize: 2048, bottleneckSize: 256, outputSize: 8192 },
    globalSize: 96,
    localSize: 48,
    locals: 4,
  },
  tiny: {
    config: dinov3Config({ hiddenSize: 32, layers: 3, heads: 2, patchSize: 8 }),
    head: { hiddenSize: 64, bottleneckSize: 16, outputSize: 128 },
    globalSize: 32,
    localSize: 16,
    locals: 2,
  },
};

/** Name of one of `dinoShapes`. */
export type DinoShapeName = keyof typeof dinoShapes;

/** Parts of the benchmark. */
export const dinoParts = ["step", "value", "memory"] as const;
/** Name of one of `dinoParts`. */
export type DinoPart = (typeof dinoParts)[number];

/** What is timed. */
export interface BenchDinoOptions extends BenchOptions {
  readonly shape: DinoShapeName;
  /** Images a step. */
  readonly batch: number;
  /** Blocks at the end over which the value is taken. */
  readonly blocks: number;
  /** The U-Net of the paper's ADE20K runs by default, or its transformer designer. */
  readonly designer?: "unet" | "sit";
  /** Images of the value's own batch; a quarter of `batch` by default, where the paper has an eighth to a third. */
  readonly metaBatch?: number;
  /**
   * One part: the step beside PyTorch's, what the value costs, or peak memory, which needs a process that held nothing
   * else. Default: the first two.
   */
  readonly only?: DinoPart;
  readonly threads?: number;
}

/** Times of DINO steps, ours and PyTorch's, taken in turn. */
export interface BenchDino {
  readonly shape: DinoShapeName;
  readonly batch: number;
  readonly blocks: number;
  readonly designer: "unet" | "sit";
  readonly metaBatch: number;
  readonly threads: number;
  readonly processor: string;
  readonly torch?: string;
  readonly comparison: Comparison;
  /** PyTorch's time ÷ ours; V-Pretraining at r = 4 ÷ our baseline; our peak resident memory ÷ PyTorch's. */
  readonly ratios: Readonly<Partial<Record<"eager" | "r = 4" | "memory", number>>>;
  /** The same of the fastest runs: other load on a shared machine adds more than a few per cent. */
  readonly fastestRatios: Omit<BenchDino["ratios"], "memory">;
}

/** Computes the ratios from seconds of a baseline step, of a step with an update and one without, and of PyTorch's. */
export const dinoRatios = (
  seconds: Readonly<Record<"ours", number>> & Partial<Readonly<Record<"update" | "between" | "eager", number>>>,
): Omit<BenchDino["ratios"], "memory"> => {
  const { ours, update, between, eager } = seconds;
  return {
    ...(eager !== undefined && { eager: eager / ours }),
    ...(update !== undefined && between !== undefined && { "r = 4": (update + 3 * between) / 4 / ours }),
  };
};

/**
 * Measures one whole DINO step (student forward and backward on all crops, teacher on the global ones, head, centre,
 * EMA teacher, clip, AdamW), compiled, beside the same step in PyTorch's eager with fused attention and fused AdamW;
 * and what V-Pretraining costs beside it: its designer on every step; on updates a value pass over its own images,
 * feedback of half a batch and a head update.
 *
 * @throws {VptError} When the reference does not start.
 * @example
 * ```ts
 * import { benchDino, torchReference } from "@vpt/bench";
 *
 * const reference = torchReference("python3");
 * const { ratios } = await benchDino({ shape: "vit-s16", batch: 8, rounds: 5, blocks: 2, reference });
 * ```
 */
export async function benchDino(options: BenchDinoOptions): Promise<BenchDino> {
  const { shape, batch, blocks, only, now } = options;
  const { threads = cpus().length, designer = "unet", metaBatch = Math.max(1, batch >> 2) } = options;
  const sizes: DinoStepShape = { ...dinoShapes[shape], batch };
  const ours = dinoStep(sizes);
  const isValued = only === undefined || only === "value";
  // Every second step has an update
  const valued = isValued ? dinoStep(sizes, { updateEvery: 2, blocks, designer, metaBatch }) : undefined;
  const reference = only === "value" ? undefined : await options.reference?.({ ...sizes, threads }, "dino_peer");
  try {
    const implementations: Record<string, Implementation> = {
      ours: timed(ours.step, now),
      ...(reference && { eager: () => reference.run("step") }),
      ...(valued && { update: timed(valued.step, now), between: timed(valued.step, now) }),
    };
    const comparison = await runInterleaved(implementations, { ...options, warmUp: 2 });
    const ratiosOf = (which: "median" | "fastest") =>
      dinoRatios(secondsOf(comparison, which) as Parameters<typeof dinoRatios>[0]);
    const peaks = [comparison["ours"]!.peakBytes!, comparison["eager"]?.peakBytes] as const;
    return {
      shape,
      batch,
      blocks,
      designer,
      metaBatch,
      threads,
      processor: cpus()[0]!.model,
      ...(reference && { torch: reference.torch }),
      comparison,
      ratios: {
        ...ratiosOf("median"),
        ...(only === "memory" && peaks[1] !== undefined && { memory: peaks[0] / peaks[1] }),
      },
      fastestRatios: ratiosOf("fastest"),
    };
  } finally {
    reference?.close();
    ours.dispose();
    valued?.dispose();
  }
}
