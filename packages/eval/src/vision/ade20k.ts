import { checkInteger, EvalInputError } from "../errors.js";
import { sampleIndices } from "../internal/random.js";
import {
  cutPicture,
  resizeRows,
  rowsOf,
  type DenseMap,
  type DensePredictor,
  type Picture,
  type Rows,
} from "./dense-map.js";
import type { DenseEvaluationRecord, DenseItem } from "./evaluate-dense.js";
import {
  createConfusion,
  evaluateSegmentation,
  type Confusion,
  type ConfusionOptions,
  type LabelMap,
  type SegmentationRunOptions,
} from "./segmentation.js";

/** The SceneParse150 protocol in numbers; colours are means and deviations of RGB on 0..255. */
export const ade20k = {
  classes: 150,
  ignoreIndex: 255,
  trainImages: 20_210,
  validationImages: 2_000,
  shortSide: 512,
  window: 512,
  stride: 341,
  mean: [123.675, 116.28, 103.53],
  std: [58.395, 57.12, 57.375],
} as const;

/**
 * The confusion of ADE20K: 150 classes, annotation value 0 is not evaluated, values 1..150 are the classes.
 * @param options `reduceZeroLabel: false` when the loader has already shifted the labels; `absentClasses: "zero"` for
 *   the authors' own mean.
 * @example
 * ```ts
 * import { createAde20kConfusion } from "@vpt/eval/ade20k";
 *
 * const confusion = createAde20kConfusion();
 * confusion.add(Uint8Array.of(0, 2), Uint8Array.of(1, 3));
 * confusion.scores().mIoU; // 1
 * ```
 * @see facebookresearch/dinov3, dinov3/eval/segmentation; CSAILVision/sceneparsing
 * @category metric
 */
export function createAde20kConfusion(
  options: Pick<ConfusionOptions, "reduceZeroLabel" | "absentClasses"> = {},
): Confusion {
  return createConfusion(ade20k.classes, { reduceZeroLabel: true, ...options, ignoreIndex: ade20k.ignoreIndex });
}

/**
 * Refuses an annotation that is not of the SceneParse150 release: one 8-bit channel, values 0..150.
 * @throws {EvalInputError} When a value is above 150, as in the full ADE20K release (RGB-coded `*_seg.png`) or after
 *   `reduceZeroLabel`.
 * @example
 * ```ts
 * import { checkAnnotation } from "@vpt/eval/ade20k";
 *
 * checkAnnotation(Uint8Array.of(0, 150), "ADE_val_00000001.png")
 * ```
 * @category labels
 */
export function checkAnnotation(label: ArrayLike<number>, name: string): void {
  for (let i = 0; i < label.length; i++) {
    const value = label[i]!;
    if (value >= 0 && value <= ade20k.classes && Number.isInteger(value)) continue;
    throw new EvalInputError({
      where: `checkAnnotation: ${name}, pixel ${i}`,
      expected: "a value from 0 to 150",
      received: String(value),
      advice:
        "Use the PNGs of ADEChallengeData2016/annotations; the full ADE20K release (`*_seg.png`) codes " +
        "classes in colours",
    });
  }
}

/**
 * Size for evaluation: short side 512, long side `floor(long·512/short + 0.5)`.
 * @example
 * ```ts
 * import { evaluationSize } from "@vpt/eval/ade20k";
 *
 * evaluationSize({ width: 683, height: 512 }) // { width: 683, height: 512 }
 * ```
 * @category protocol
 */
export function evaluationSize(
  size: { readonly width: number; readonly height: number },
  shortSide: number = ade20k.shortSide,
) {
  checkInteger("evaluationSize: width", size.width, 1);
  checkInteger("evaluationSize: height", size.height, 1);
  const scale = shortSide / Math.min(size.width, size.height);
  const scaled = (side: number) => Math.floor(side * scale + 0.5);
  return { width: scaled(size.width), height: scaled(size.height) };
}

/** One window of the sliding inference, in pixels. */
export interface Window {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Windows of sliding inference, row by row: `ceil(max(size - 512, 0)/341) + 1` an axis, the last shifted back inside
 * the image; an image smaller than the window is used whole, without padding. Add the logits of all windows, divide by
 * the visit counts.
 * @example
 * ```ts
 * import { slidingWindows } from "@vpt/eval/ade20k";
 *
 * slidingWindows({ width: 683, height: 512 }).map(({ x }) => x) // [0, 171]
 * ```
 * @see facebookresearch/dinov3, dinov3/eval/segmentation/inference.py
 * @category protocol
 */
export function slidingWindows(
  size: { readonly width: number; readonly height: number },
  options: { readonly window?: number; readonly stride?: number } = {},
): Window[] {
  const { window = ade20k.window, stride = ade20k.stride } = options;
  const starts = (side: number) =>
    Array.from({ length: Math.ceil(Math.max(side - window, 0) / stride) + 1 }, (_, i) =>
      Math.max(0, Math.min(i * stride, side - window)),
    );
  const width = Math.min(window, size.width);
  const height = Math.min(window, size.height);
  return starts(size.height).flatMap((y) => starts(size.width).map((x) => ({ x, y, width, height })));
}

/**
 * Our reading of the paper's subsets: names sorted, shuffled with the run's seed, the first 2,000 train the head, the
 * next 512 give the feedback. Both come from the training images; keep the lists with the run.
 * @throws {EvalInputError} When there are fewer names than that.
 * @example
 * ```ts
 * import { headAndFeedbackSubsets } from "@vpt/eval/ade20k";
 *
 * headAndFeedbackSubsets(["c", "a", "b"], { head: 1, feedback: 2, seed: 0 })
 * ```
 * @category protocol
 */
export function headAndFeedbackSubsets(
  names: readonly string[],
  options: { readonly seed: number; readonly head?: number; readonly feedback?: number },
): { readonly head: readonly string[]; readonly feedback: readonly string[] } {
  const { seed, head = 2_000, feedback = 512 } = options;
  checkInteger("headAndFeedbackSubsets: number of names", names.length, head + feedback);
  const sorted = [...names].sort();
  const drawn = sampleIndices(sorted.length, head + feedback, seed).map((i) => sorted[i]!);
  return { head: drawn.slice(0, head), feedback: drawn.slice(head) };
}

/**
 * Class names from `objectInfo150.txt` (tab-separated: Idx, Ratio, Train, Val, Name), in class order from 0.
 * @example
 * ```ts
 * import { parseObjectInfo } from "@vpt/eval/ade20k";
 *
 * parseObjectInfo("Idx\tRatio\tTrain\tVal\tName\n1\t0.15\t11664\t1172\twall\n") // ["wall"]
 * ```
 * @category labels
 */
export function parseObjectInfo(text: string): string[] {
  const names: string[] = [];
  for (const line of text.split(/\r?\n/).slice(1)) {
    const cells = line.split("\t");
    if (cells.length >= 5) names[Number(cells[0]) - 1] = cells[4]!.trim();
  }
  return names;
}

/** How ADE20K's images are cut and resized for the network. */
export interface Ade20kInferenceOptions {
  /** Antialiased bilinear resizing of 8-bit images, such as `resizeImage` of `@vpt/data/images`. */
  readonly resize: (image: Picture, size: { readonly width: number; readonly height: number }) => Picture;
  /** `sliding`: the protocol. `square`: the whole image at one square size, for quick comparisons (`vpt-quick`). */
  readonly inference?: "sliding" | "square";
  readonly shortSide?: number;
  readonly window?: number;
  readonly stride?: number;
  /** Windows in one pass. */
  readonly batchSize?: number;
}

/**
 * Logits of one image by the protocol: short side to 512, windows of 512 at strides of 341, each window's logits grown
 * bilinearly to the window, their sum divided by the number of windows at each pixel.
 *
 * @returns Logits at the resized image's size, row by row.
 * @example
 * ```ts
 * import { resizeImage } from "@vpt/data/images";
 * import { slidingLogits } from "@vpt/eval/ade20k";
 * import { segmentationProbe, vitPredictor } from "@vpt/vision/evaluation";
 *
 * const probe = segmentationProbe({ width: vit.config.hiddenSize, classes: 150, head: "linear" });
 * const logits = await slidingLogits(vitPredictor(vit, probe, head), image, {
 *   resize: (picture, size) => resizeImage(picture, { ...size, kind: "bilinear" }),
 * });
 * ```
 * @see facebookresearch/dinov3, dinov3/eval/segmentation/inference.py
 * @category protocol
 */
export async function slidingLogits(
  predictor: DensePredictor,
  image: Picture,
  {
    resize,
    inference = "sliding",
    shortSide = ade20k.shortSide,
    window = ade20k.window,
    stride = ade20k.stride,
    batchSize = 4,
  }: Ade20kInferenceOptions,
): Promise<Rows> {
  if (inference === "square") {
    const [map] = await predictor.predict([resize(image, { width: shortSide, height: shortSide })]);
    return resizeRows(rowsOf(map!), { width: shortSide, height: shortSide });
  }
  const size = evaluationSize(image, shortSide);
  const resized = resize(image, size);
  const windows = slidingWindows(size, { window, stride });
  const maps: DenseMap[] = [];
  for (let start = 0; start < windows.length; start += batchSize)
    maps.push(
      ...(await predictor.predict(windows.slice(start, start + batchSize).map((at) => cutPicture(resized, at)))),
    );
  const parts = windows.map((at, i) => ({ at, rows: resizeRows(rowsOf(maps[i]!), at) }));
  const { channels } = maps[0]!;
  return {
    ...size,
    channels,
    row(y) {
      const sum = new Float64Array(size.width * channels);
      const visits = new Uint32Array(size.width);
      for (const { at, rows } of parts) {
        if (y < at.y || y >= at.y + at.height) continue;
        const row = rows.row(y - at.y);
        for (let i = 0; i < row.length; i++) sum[at.x * channels + i]! += row[i]!;
        for (let x = at.x; x < at.x + at.width; x++) visits[x]!++;
      }
      for (let x = 0; x < size.width; x++)
        if (visits[x]! > 1) for (let c = 0; c < channels; c++) sum[x * channels + c]! /= visits[x]!;
      return sum;
    },
  };
}

/** Options of {@link evaluateAde20k}. */
export type Ade20kRunOptions = Ade20kInferenceOptions &
  Pick<
    SegmentationRunOptions,
    "file" | "model" | "onProgress" | "signal" | "maxCorruptFraction" | "onBad" | "onPrediction"
  > & {
    readonly classes?: readonly string[];
  };

/**
 * mIoU of a frozen encoder with a head of 150 classes on the validation images, by the protocol of {@link
 * slidingLogits}; annotations as stored, 0 = not evaluated.
 * @example
 * ```ts
 * import { listImagePairs, readImagePair, resizeImage } from "@vpt/data/images";
 * import { evaluateAde20k } from "@vpt/eval/ade20k";
 * import { segmentationProbe, vitPredictor } from "@vpt/vision/evaluation";
 *
 * const probe = segmentationProbe({ width: vit.config.hiddenSize, classes: 150, head: "linear" });
 * const items = listImagePairs("ade/images/validation", "ade/annotations/validation").map((pair) => ({
 *   id: pair.name,
 *   load: () => readImagePair(pair).then(({ image, labels }) => ({ image, truth: labels })),
 * }));
 * const record = await evaluateAde20k(vitPredictor(vit, probe, head), items, {
 *   resize: (picture, size) => resizeImage(picture, { ...size, kind: "bilinear" }),
 *   file: "ade20k.jsonl",
 * });
 * ```
 * @category runners
 */
export function evaluateAde20k(
  predictor: DensePredictor,
  items: readonly DenseItem<LabelMap>[],
  options: Ade20kRunOptions,
): Promise<DenseEvaluationRecord> {
  const {
    resize,
    inference = "sliding",
    shortSide = ade20k.shortSide,
    window = ade20k.window,
    stride = ade20k.stride,
    batchSize = 4,
    classes = [],
    ...run
  } = options;
  const settings = { inference, shortSide, ...(inference === "sliding" && { window, stride }) };
  return evaluateSegmentation(predictor, items, {
    ...run,
    name: "ade20k",
    protocol: inference === "sliding" ? "dinov3-linear" : "vpt-quick",
    classes: classes.length > 0 ? classes : ade20k.classes,
    ignoreIndex: ade20k.ignoreIndex,
    reduceZeroLabel: true,
    checkLabels: checkAnnotation,
    inference: settings,
    infer: (model, image) => slidingLogits(model, image, { resize, inference, shortSide, window, stride, batchSize }),
  });
}
