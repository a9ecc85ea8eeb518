import { join } from "node:path";
import { randomFromSeed, VptError, type Compile } from "@vpt/core";
import type { FailedItem, LoadedEvaluationRecord } from "@vpt/eval/imagenet";
import type { ViT } from "../model/load-vit.js";
import { pictureFolder, type PictureRow } from "./pictures.js";

/** What an evaluation is doing: learning on training images, or scoring test images. */
export type EvaluationStage = "database" | "training features" | "head" | "probe updates" | "scored";

/** Where an evaluation of an encoder is kept and how it is watched. */
export interface EncoderEvaluationOptions {
  /** Folder of `record.jsonl`, heads, stored features and pictures; a stopped evaluation is continued from it. */
  readonly folder: string;
  /** Name of the encoder, for the record. */
  readonly model?: string;
  /** Most test images to score; all by default. */
  readonly limit?: number | undefined;
  /** Images a forward pass; default 8. */
  readonly batchSize?: number;
  /** Seed of fresh heads, crops and subsets; default 0. */
  readonly seed?: number;
  /** Largest fraction of images that may be unreadable; default 0.05. */
  readonly maxCorruptFraction?: number;
  /** Images to keep pictures of; default 12. */
  readonly pictures?: number;
  /** `compile` of `@vpt/backend`. */
  readonly compile?: Compile | undefined;
  readonly onProgress?: (stage: EvaluationStage, done: number, total: number, note?: string) => void;
  /** Receives one line on what is left out or continued. */
  readonly log?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** A record with what a report shows beside it. */
export interface EncoderEvaluation<Record extends LoadedEvaluationRecord = LoadedEvaluationRecord> {
  readonly record: Record;
  readonly pictures: readonly PictureRow[];
  /** Sentences on how the number came about. */
  readonly notes: readonly string[];
}

/** The options with their defaults, and what the runners of `@vpt/eval` take of them. */
export function evaluationRun(options: EncoderEvaluationOptions) {
  const { folder, model = "", batchSize = 8, seed = 0, maxCorruptFraction = 0.05, log = () => {} } = options;
  const onProgress = (stage: EvaluationStage) => (done: number, total: number, note?: string) =>
    options.onProgress?.(stage, done, total, note);
  const onBad = ({ name, reason }: FailedItem): void => log(`left out ${name}: ${reason}`);
  const shared = { batchSize, maxCorruptFraction, onBad, ...(options.signal && { signal: options.signal }) };
  return {
    ...shared,
    seed,
    log,
    onProgress,
    pictures: pictureFolder(join(folder, "pictures"), options.pictures ?? 12),
    /** Options of a runner that scores. */
    runner: { ...shared, file: join(folder, "record.jsonl"), model, onProgress: onProgress("scored") },
    /** Options of a runner that stores features. */
    features: (name: string, stage: EvaluationStage, maker: object) => ({
      ...shared,
      file: join(folder, name),
      maker: JSON.stringify(maker),
      onProgress: onProgress(stage),
    }),
  };
}

/** Draws `limit` of the items with a seed; returns all of them without a limit. */
export function drawSubset<Item>(items: readonly Item[], limit: number | undefined, seed: number): readonly Item[] {
  if (limit === undefined) return items;
  const random = randomFromSeed(seed, "training subset");
  const drawn = items.map((item) => ({ item, at: random.uniform() })).sort((a, b) => a.at - b.at);
  return drawn.slice(0, limit).map(({ item }) => item);
}

/** Refuses a size in pixels that is not a whole number of patches. */
export function checkWholePatches(size: number, { config }: ViT): void {
  if (size % config.patchSize !== 0)
    throw new VptError(`size ${size}: expected a multiple of the patch, ${config.patchSize}`);
}
