import { bootstrapCounts } from "../statistics/bootstrap-counts.js";
import { argMaxRows, checkMap, resizeRows, rowsOf, type DensePredictor, type Picture, type Rows } from "./dense-map.js";
import { checkInteger, checkLength, checkOption } from "../errors.js";
import { evaluateDense, type DenseEvaluationRecord, type DenseItem, type DenseRunOptions } from "./evaluate-dense.js";

export type * from "./dense-types.js";

/** Options of {@link createConfusion}. */
export interface ConfusionOptions {
  /** Label, after `reduceZeroLabel`, whose pixels count nowhere. */
  readonly ignoreIndex?: number;
  /**
   * Labels are 0 = unlabelled, 1..n = classes: 0 becomes 255, k becomes k - 1, 255 stays. Apply it once, here or in the
   * loader.
   */
  readonly reduceZeroLabel?: boolean;
  /** A class with an empty union is left out of the mean (mmseg), or counts as 0 (the script of ADE20K's authors). */
  readonly absentClasses?: "skip" | "zero";
}

/**
 * Scores over all images added; shares from 0 to 1. An absent class is NaN in the lists, or 0 with `absentClasses:
 * "zero"`.
 */
export interface SegmentationScores {
  /** intersection / union, by class. */
  readonly iou: readonly number[];
  /** intersection / label area, by class. */
  readonly acc: readonly number[];
  /** 2·intersection / (prediction area + label area), by class. */
  readonly dice: readonly number[];
  readonly mIoU: number;
  readonly mAcc: number;
  readonly mDice: number;
  /** Share of labelled pixels that are right. */
  readonly aAcc: number;
}

/** Pixel counts by class; they add up over images, so they are what a record of one image keeps. */
export interface ConfusionCounts {
  readonly intersection: readonly number[];
  readonly predictionArea: readonly number[];
  readonly labelArea: readonly number[];
}

/** Three histograms that grow image by image. */
export interface Confusion {
  /** Adds one image: predicted and labelled class of each pixel, same order, labels as stored. */
  add(prediction: ArrayLike<number>, label: ArrayLike<number>): void;
  /** Adds counts of another confusion, for images scored elsewhere or earlier. */
  merge(counts: ConfusionCounts): void;
  counts(): ConfusionCounts;
  scores(): SegmentationScores;
}

/**
 * Intersection over union as mmseg, DINOv2 and DINOv3 compute it: histograms are summed over all images before anything
 * is divided. Pixels whose label is `ignoreIndex` count nowhere. A prediction outside 0..n-1 enters no prediction area,
 * but its pixel stays in the label area; a label outside 0..n-1 enters no label area, but the prediction there stays in
 * the prediction area. Counts are float64: exact up to 2⁵³ pixels.
 *
 * @param classes Number of classes n.
 * @throws {EvalInputError} When `classes` is no positive integer, or two maps of one image differ in size. Without any
 *   image, scores are NaN.
 * @example
 * ```ts
 * import { createConfusion } from "@vpt/eval/segmentation";
 *
 * const confusion = createConfusion(2, { ignoreIndex: 255 });
 * confusion.add([0, 0, 1, 1], [0, 1, 1, 255]);
 * confusion.scores().mIoU; // 0.5
 * ```
 * @see facebookresearch/dinov3, dinov3/eval/segmentation/metrics.py
 * @category metric
 */
export function createConfusion(classes: number, options: ConfusionOptions = {}): Confusion {
  const { ignoreIndex = 255, reduceZeroLabel = false, absentClasses = "skip" } = options;
  checkInteger("createConfusion: classes", classes, 1);
  checkOption("createConfusion: absentClasses", absentClasses, ["skip", "zero"]);
  const intersection = new Float64Array(classes);
  const predictionArea = new Float64Array(classes);
  const labelArea = new Float64Array(classes);
  const known = (c: number) => c >= 0 && c < classes && Number.isInteger(c);

  return {
    add(prediction, label) {
      checkLength("Confusion.add: label", label.length, prediction.length, "pixels, as many as predictions");
      for (let i = 0; i < label.length; i++) {
        const l = reduceZeroLabel ? reducedLabel(label[i]!) : label[i]!;
        if (l === ignoreIndex) continue;
        const p = prediction[i]!;
        if (known(p)) predictionArea[p]!++;
        if (!known(l)) continue;
        labelArea[l]!++;
        if (p === l) intersection[l]!++;
      }
    },
    merge(counts) {
      checkLength("Confusion.merge: classes", counts.labelArea.length, classes, "classes");
      for (let c = 0; c < classes; c++) {
        intersection[c]! += counts.intersection[c]!;
        predictionArea[c]! += counts.predictionArea[c]!;
        labelArea[c]! += counts.labelArea[c]!;
      }
    },
    counts: () => ({
      intersection: [...intersection],
      predictionArea: [...predictionArea],
      labelArea: [...labelArea],
    }),
    scores() {
      const share = (numerator: number, denominator: number) =>
        denominator > 0 || absentClasses === "skip" ? numerator / denominator : 0;
      const perClass = Array.from(intersection, (both, c) => ({
        both,
        areas: predictionArea[c]! + labelArea[c]!,
        label: labelArea[c]!,
      }));
      const iou = perClass.map(({ both, areas }) => share(both, areas - both));
      const acc = perClass.map(({ both, label }) => share(both, label));
      const dice = perClass.map(({ both, areas }) => share(2 * both, areas));
      const aAcc = total(intersection) / total(labelArea);
      return { iou, acc, dice, mIoU: meanOfNumbers(iou), mAcc: meanOfNumbers(acc), mDice: meanOfNumbers(dice), aAcc };
    },
  };
}

/**
 * 0 (unlabelled) → 255, k → k - 1, 255 stays 255.
 * @example
 * ```ts
 * import { reducedLabel } from "@vpt/eval/segmentation";
 *
 * [0, 1, 150, 255].map(reducedLabel) // [255, 0, 149, 255]
 * ```
 * @category labels
 */
export const reducedLabel = (label: number): number => (label === 0 || label === 255 ? 255 : label - 1);

const total = (counts: Float64Array): number => counts.reduce((a, b) => a + b, 0);

/** Mean of the values that are numbers; NaN when none is. */
function meanOfNumbers(values: readonly number[]): number {
  const numbers = values.filter((value) => !Number.isNaN(value));
  return numbers.reduce((a, b) => a + b, 0) / numbers.length;
}

/** A label map: one class a pixel, rows from the top, as stored. */
export interface LabelMap {
  readonly data: ArrayLike<number>;
  readonly width: number;
  readonly height: number;
}

/** Options of {@link evaluateSegmentation}. */
export interface SegmentationRunOptions extends DenseRunOptions, ConfusionOptions {
  /** Class names, in order, or their number. */
  readonly classes: readonly string[] | number;
  /**
   * Logits of an image, of any size, row by row from the top: how the image is cut and resized before the network is
   * the protocol's. By default the image as it is.
   */
  readonly infer?: (predictor: DensePredictor, image: Picture) => Promise<Rows>;
  /** Why labels cannot be used; see `checkAnnotation` of ADE20K. Throws. */
  readonly checkLabels?: (labels: ArrayLike<number>, id: string) => void;
  /** Settings of `infer`, for the record. */
  readonly inference?: Readonly<Record<string, unknown>>;
  readonly protocol?: string;
  readonly name?: string;
  /** Shown every answered image; a continued run shows none of those that the file holds. */
  readonly onPrediction?: (shown: {
    readonly id: string;
    readonly image: Picture;
    readonly truth: LabelMap;
    readonly prediction: Int32Array;
  }) => void | Promise<void>;
}

/** Counts of one image: only of the classes that occur in it. */
interface ImageCounts {
  readonly classes: readonly number[];
  readonly intersection: readonly number[];
  readonly predictionArea: readonly number[];
  readonly labelArea: readonly number[];
}

/**
 * Segmentation with a frozen encoder and its head: logits are resized bilinearly to the labels' size, the largest one
 * is the class (ties to the lower), pixels are counted over all images before anything is divided. Metrics are `mIoU`
 * (primary), `mAcc`, `mDice` and
 * `aAcc`, with a bootstrap over images; the groups are the IoU of each class. The record file keeps each image's
 * counts.
 *
 * @throws {EvalInputError} When more items than allowed cannot be used, or a predicted map has not as many channels as
 *   there are classes.
 * @example
 * ```ts
 * import { listImagePairs, readImagePair } from "@vpt/data/images";
 * import { evaluateSegmentation } from "@vpt/eval/segmentation";
 * import { segmentationProbe, vitPredictor } from "@vpt/vision/evaluation";
 *
 * const items = listImagePairs("camvid/images/val", "camvid/annotations/val").map((pair) => ({
 *   id: pair.name,
 *   load: () => readImagePair(pair).then(({ image, labels }) => ({ image, truth: labels })),
 * }));
 * const predictor = vitPredictor(vit, segmentationProbe({ width: 384, classes: 11, head: "linear" }), head);
 * const record = await evaluateSegmentation(predictor, items, { classes: 11, ignoreIndex: 11, file: "camvid.jsonl" });
 * record.metrics.mIoU; // { value, stderr, ci95, method }
 * ```
 * @category runners
 */
export function evaluateSegmentation(
  predictor: DensePredictor,
  items: readonly DenseItem<LabelMap>[],
  options: SegmentationRunOptions,
): Promise<DenseEvaluationRecord> {
  const {
    classes,
    ignoreIndex,
    reduceZeroLabel,
    absentClasses,
    checkLabels,
    inference = {},
    protocol = "mmseg",
    name = "segmentation",
    onPrediction,
    ...run
  } = options;
  const infer = options.infer ?? (async (model, image) => rowsOf((await model.predict([image]))[0]!));
  const names = typeof classes === "number" ? Array.from({ length: classes }, (_, i) => `class ${i}`) : classes;
  const counting: ConfusionOptions = {
    ...(ignoreIndex !== undefined && { ignoreIndex }),
    ...(reduceZeroLabel !== undefined && { reduceZeroLabel }),
    ...(absentClasses !== undefined && { absentClasses }),
  };
  return evaluateDense<LabelMap, ImageCounts>(
    {
      name,
      protocol,
      protocolVersion: 1,
      primaryMetric: "mIoU",
      settings: { classes: names.length, ...counting, ...inference },
      async answer({ id }, { image, truth }) {
        const logits = await infer(predictor, image);
        checkMap(
          `evaluateSegmentation: ${id}`,
          { ...logits, values: { length: logits.width * logits.height * logits.channels } },
          names.length,
        );
        const prediction = argMaxRows(resizeRows(logits, { width: truth.width, height: truth.height }));
        const confusion = createConfusion(names.length, counting);
        confusion.add(prediction, truth.data);
        await onPrediction?.({ id, image, truth, prediction });
        return sparse(confusion.counts());
      },
      score: (counts) => {
        const pixels = sumOf(counts.labelArea);
        return {
          prediction: `${sumOf(counts.intersection)} of ${pixels} pixels`,
          metrics: pixels > 0 ? { aAcc: sumOf(counts.intersection) / pixels } : {},
        };
      },
      summarize: (images) => summarizeImages(images, names, counting),
    },
    checkLabels ? items.map((item) => checkedItem(item, checkLabels)) : items,
    run,
  );
}

/** Scores over all images with a bootstrap, and the IoU of each class. */
function summarizeImages(images: readonly ImageCounts[], names: readonly string[], counting: ConfusionOptions) {
  const scoresOf = (times: Uint32Array): SegmentationScores => {
    const confusion = createConfusion(names.length, counting);
    confusion.merge(addUp(images, times, names.length));
    return confusion.scores();
  };
  const { iou } = scoresOf(new Uint32Array(images.length).fill(1));
  const occurs = (c: number): number =>
    images.filter((counts) => counts.classes.includes(c) && counts.labelArea[counts.classes.indexOf(c)]! > 0).length;
  return {
    metrics: bootstrapCounts(images.length, (times) => {
      const { mIoU, mAcc, mDice, aAcc } = scoresOf(times);
      return { mIoU, mAcc, mDice, aAcc };
    }),
    groups: Object.fromEntries(
      iou.map((value, c) => [
        names[c]!,
        { value, stderr: NaN, ci95: [NaN, NaN] as const, method: "all images", n: occurs(c) },
      ]),
    ),
  };
}

/** Labels that cannot be used are found on loading, so that the item is left out. */
const checkedItem = (
  item: DenseItem<LabelMap>,
  check: (labels: ArrayLike<number>, id: string) => void,
): DenseItem<LabelMap> => ({
  id: item.id,
  async load() {
    const loaded = await item.load();
    check(loaded.truth.data, item.id);
    return loaded;
  },
});

function sparse({ intersection, predictionArea, labelArea }: ConfusionCounts): ImageCounts {
  const classes = labelArea.flatMap((area, c) => (area + predictionArea[c]! > 0 ? [c] : []));
  const take = (counts: readonly number[]): number[] => classes.map((c) => counts[c]!);
  return {
    classes,
    intersection: take(intersection),
    predictionArea: take(predictionArea),
    labelArea: take(labelArea),
  };
}

function addUp(images: readonly ImageCounts[], times: Uint32Array, classes: number): ConfusionCounts {
  const zeros = (): number[] => Array.from({ length: classes }, () => 0);
  const sum = { intersection: zeros(), predictionArea: zeros(), labelArea: zeros() };
  images.forEach((counts, i) => {
    if (times[i] === 0) return;
    counts.classes.forEach((c, k) => {
      sum.intersection[c]! += times[i]! * counts.intersection[k]!;
      sum.predictionArea[c]! += times[i]! * counts.predictionArea[k]!;
      sum.labelArea[c]! += times[i]! * counts.labelArea[k]!;
    });
  });
  return sum;
}

const sumOf = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0);
