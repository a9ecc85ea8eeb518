import { checkInteger, checkLength, checkOption } from "./internal/errors.js";

/** Options of {@link createConfusion}. */
export interface ConfusionOptions {
  /** Label, after `reduceZeroLabel`, whose pixels count nowhere. */
  readonly ignoreIndex?: number;
  /** Labels are 0 = unlabelled, 1..n = classes: 0 becomes 255, k becomes k - 1, 255 stays. Apply it once, here or in the loader. */
  readonly reduceZeroLabel?: boolean;
  /** A class with an empty union is left out of the mean (mmseg), or counts as 0 (the script of ADE20K's authors). */
  readonly absentClasses?: "skip" | "zero";
}

/** Scores over all images added; shares from 0 to 1. An absent class is NaN in the lists, or 0 with `absentClasses: "zero"`. */
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
 * Intersection over union as mmseg, DINOv2 and DINOv3 compute it: histograms are summed over all images before anything is divided.
 * Pixels whose label is `ignoreIndex` count nowhere. A prediction outside 0..n-1 enters no prediction area, but its pixel stays in the
 * label area; a label outside 0..n-1 enters no label area, but the prediction there stays in the prediction area.
 * Counts are float64: exact up to 2⁵³ pixels.
 *
 * @param classes Number of classes n.
 * @throws {EvalInputError} When `classes` is no positive integer, or two maps of one image differ in size. Without any image, scores are NaN.
 * @example
 * const confusion = createConfusion(2, { ignoreIndex: 255 });
 * confusion.add([0, 0, 1, 1], [0, 1, 1, 255]);
 * confusion.scores().mIoU; // 0.5
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
 * @example `[0, 1, 150, 255].map(reducedLabel) // [255, 0, 149, 255]`
 * @category labels
 */
export const reducedLabel = (label: number): number => (label === 0 || label === 255 ? 255 : label - 1);

const total = (counts: Float64Array): number => counts.reduce((a, b) => a + b, 0);

/** Mean of the values that are numbers; NaN when none is. */
function meanOfNumbers(values: readonly number[]): number {
  const numbers = values.filter((value) => !Number.isNaN(value));
  return numbers.reduce((a, b) => a + b, 0) / numbers.length;
}
