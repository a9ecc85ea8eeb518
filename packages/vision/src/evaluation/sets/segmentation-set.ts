import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { VptError } from "@vpt/core";
import { listImagePairs, type ImagePairReference } from "@vpt/data/images";
import { ade20k, headAndFeedbackSubsets, parseObjectInfo } from "@vpt/eval/ade20k";

/** A segmentation benchmark: where its pairs are and what its labels mean. */
export interface SegmentationSet {
  readonly name: string;
  readonly train: readonly ImagePairReference[];
  readonly test: readonly ImagePairReference[];
  readonly classes: readonly string[];
  /** Whether stored labels are one more than the class and 0 is void (ADE20K); otherwise they are the class. */
  readonly reduceZeroLabel: boolean;
  /** Label that does not count. */
  readonly ignore: number;
  /** Short side of an image, and side of crops and windows, in pixels. */
  readonly size: number;
  /** Sliding windows, or the whole image at once as a square. */
  readonly inference: "sliding" | "square";
  /** Updates of the head by the protocol. */
  readonly iterations: number;
}

/** Options of {@link openSegmentationFolders}. */
export interface SegmentationFolderOptions {
  /** Folder with one of images for each split. */
  readonly images: string;
  /** The same with 8-bit label PNGs of the same names. */
  readonly labels: string;
  /** Folder to train the head on, folder to score; default train and val. */
  readonly splits?: readonly [train: string, test: string];
  /** Names of the classes, or their number. */
  readonly classes: readonly string[] | number;
  /** Default 255. */
  readonly ignore?: number;
  /** Default 512. */
  readonly size?: number;
  readonly inference?: "sliding" | "square";
}

/**
 * Opens folders of images and label PNGs as a segmentation benchmark.
 *
 * @throws {VptError} When a folder is missing or an image has no labels.
 * @example
 * ```ts
 * import { openSegmentationFolders } from "@vpt/vision/evaluation";
 *
 * const folders = { images: "camvid/images", labels: "camvid/annotations" };
 * openSegmentationFolders({ ...folders, classes: ["sky", "road"], size: 96 });
 * ```
 * @category sets
 */
export function openSegmentationFolders(options: SegmentationFolderOptions): SegmentationSet {
  const { images, labels, splits = ["train", "val"], classes, ignore = 255, size = 512 } = options;
  const pairs = (split: string) => listImagePairs(join(images, split), join(labels, split));
  return {
    name: "segmentation",
    train: pairs(splits[0]),
    test: pairs(splits[1]),
    classes: typeof classes === "number" ? Array.from({ length: classes }, (_, i) => `class ${i}`) : classes,
    reduceZeroLabel: false,
    ignore,
    size,
    inference: options.inference ?? "sliding",
    iterations: 4_000,
  };
}

/**
 * Opens the folder `ADEChallengeData2016` (SceneParse150) by DINOv3's linear protocol.
 *
 * @param options `preset` `dinov3-linear` has 40,000 updates and sliding windows, `vpt-quick` 4,000 and one square;
 *   `subset` `paper` trains on 2,000 images drawn by the seed.
 * @throws {VptError} When the folder is not that release.
 * @example
 * ```ts
 * import { openAde20k } from "@vpt/vision/evaluation";
 *
 * openAde20k("ADEChallengeData2016", { preset: "vpt-quick" }).classes.length; // 150
 * ```
 * @category sets
 */
export function openAde20k(
  folder: string,
  options: {
    readonly preset?: "dinov3-linear" | "vpt-quick";
    readonly subset?: "all" | "paper";
    readonly seed?: number;
    readonly size?: number;
  } = {},
): SegmentationSet {
  const { preset = "dinov3-linear", subset = "all", seed = 0, size = 512 } = options;
  const at = (part: string): string => join(folder, part);
  if (!existsSync(at("annotations/training"))) {
    const isFull = existsSync(at("images/ADE")) || existsSync(at("index_ade20k.pkl"));
    const found = isFull ? "the full ADE20K release, whose labels are colours" : "no annotations/training here";
    throw new VptError(`${folder}: ${found}; expected ADEChallengeData2016 (SceneParse150)`);
  }
  const pairs = (split: string) => listImagePairs(at(`images/${split}`), at(`annotations/${split}`));
  const info = at("objectInfo150.txt");
  const names = existsSync(info) ? parseObjectInfo(readFileSync(info, "utf8")) : [];
  const training = pairs("training");
  const trainingNames = training.map(({ name }) => name);
  const kept = subset === "paper" ? new Set(headAndFeedbackSubsets(trainingNames, { seed }).head) : undefined;
  return {
    name: "ade20k",
    train: kept ? training.filter(({ name }) => kept.has(name)) : training,
    test: pairs("validation"),
    classes: Array.from({ length: ade20k.classes }, (_, i) => names[i] ?? `class ${i + 1}`),
    reduceZeroLabel: true,
    ignore: ade20k.ignoreIndex,
    size,
    inference: preset === "vpt-quick" ? "square" : "sliding",
    iterations: preset === "vpt-quick" ? 4_000 : 40_000,
  };
}
