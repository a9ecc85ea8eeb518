import { cpus } from "node:os";
import { dinov3Config } from "@vpt/vision";
import { dinoStep, type DinoStepShape } from "./dino-step.js";
import { runInterleaved, secondsOf, type Measurement, type Implementation } from "./timing.js";
import { startTorchReference } from "./torch-reference.js";

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

/** Name of one of {@link dinoShapes}. */
export type DinoShapeName = keyof typeof dinoShapes;

/** Parts of the benchmark. */
export const dinoParts = ["step", "value", "memory"] as const;
/** Name of one of {@link dinoParts}. */
export type DinoPart = (typeof dinoParts)[number];

/** What is timed, how often, and against whom. */
export interface BenchDinoOptions {
  readonly shape: DinoShapeName;
  /** Images a step. */
  readonly batch: number;
  readonly rounds: number;
  /** Blocks at the end over which the value is taken. */
  readonly blocks: number;
  /** The U-Net of the paper's ADE20K runs by default, or its transformer designer. */
  readonly designer?: "unet" | "sit";
  /** Images of the value's own batch; a quarter of `batch` by default, where the paper has an eighth to a third. */
  readonly metaBatch?: number;
  /** One part: the step beside PyTorch's, what the value costs, or peak memory, which needs a process that held nothing else. Default: the first two. */
  readonly only?: DinoPart;
  readonly threads?: number;
  /** A Python that has torch; without it only our own steps are timed. */
  readonly python?: string;
  /** Told each run as it ends. */
  readonly onRound?: (line: string) => void;
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
  readonly comparison: Readonly<Record<string, Measurement>>;
  /** PyTorch's time ÷ ours; V-Pretraining at r = 4 ÷ our baseline; our peak resident memory ÷ PyTorch's. */
  readonly ratios: Readonly<Partial<Record<"eager" | "r = 4" | "memory", number>>>;
  /** The same of each one's fastest run: a few per cent are less than what a shared machine's neighbours add. */
  readonly fastestRatios: Omit<BenchDino["ratios"], "memory">;
}

/** What the ratios are made of: seconds of a baseline step, of a step with an update and one without, and of PyTorch's. */
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
 * One whole DINO step (student forward and backward on all crops, teacher on the global ones, head, centre, averaged teacher, clip, AdamW),
 * compiled, beside the same step in PyTorch's eager with fused attention and fused AdamW; and what V-Pretraining (its designer on every
 * step; on updates a value pass over its own images, feedback of half a batch and a head update) costs beside it.
 *
 * @throws {VptError} When the Python does not start, or has no torch.
 * @example
 * ```ts
 * const { ratios } = await benchDino({ shape: "vit-s16", batch: 8, rounds: 5, blocks: 2, python: "python3" });
 * ```
 */
export async function benchDino(options: BenchDinoOptions): Promise<BenchDino> {
  const { shape, batch, rounds, blocks, only, python, onRound } = options;
  const { threads = cpus().length, designer = "unet", metaBatch = Math.max(1, batch >> 2) } = options;
  const sizes: DinoStepShape = { ...dinoShapes[shape], batch };
  const ours = dinoStep(sizes);
  const isValued = only === undefined || only === "value";
  const valued = isValued ? dinoStep(sizes, { updateEvery: 2, blocks, designer, metaBatch }) : undefined; // every second step has an update
  const reference =
    python && only !== "value" ? await startTorchReference(python, { ...sizes, threads }, "dino_peer") : undefined;
  try {
    const implementations: Record<string, Implementation> = {
      ours: ours.step,
      ...(reference && { eager: () => reference.run("step") }),
      ...(valued && { update: valued.step, between: valued.step }),
    };
    const comparison = await runInterleaved(implementations, { rounds, warmUp: 2, ...(onRound && { onRound }) });
    const ratiosOf = (which: "median" | "fastest") =>
      dinoRatios(secondsOf(comparison, which) as Parameters<typeof dinoRatios>[0]);
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
        ...(only === "memory" &&
          reference && { memory: comparison["ours"]!.peakBytes! / comparison["eager"]!.peakBytes! }),
      },
      fastestRatios: ratiosOf("fastest"),
    };
  } finally {
    reference?.close();
    ours.dispose();
    valued?.dispose();
  }
}
