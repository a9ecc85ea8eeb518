import {
  checkMap,
  collectRows,
  mirrorPicture,
  resizeRows,
  rowsOf,
  type DenseMap,
  type DensePredictor,
  type Picture,
} from "./dense-map.js";
import { checkInteger, checkLength, checkOption, EvalInputError } from "../errors.js";
import { evaluateDense, type DenseEvaluationRecord, type DenseItem, type DenseRunOptions } from "./evaluate-dense.js";
import { bootstrapCounts } from "../statistics/bootstrap-counts.js";

export type * from "./dense-types.js";

/** Options of {@link depthErrors}; depths in metres. */
export interface DepthOptions {
  /** Width of both maps in pixels; rows follow each other. */
  readonly width: number;
  /** Predictions are clipped to `[minDepth, maxDepth]`; only truth strictly inside counts. */
  readonly minDepth?: number;
  readonly maxDepth?: number;
  /** `eigen`: rows 45..470 and columns 41..600 of 480×640, scaled to other sizes and truncated. */
  readonly crop?: "none" | "eigen";
}

/** Errors of one image over its valid pixels; NaN when it has none. p prediction, g truth. */
export interface DepthErrors {
  /** √mean((g - p)²), metres. */
  readonly rmse: number;
  /** mean|g - p|, metres. */
  readonly mae: number;
  /** mean(|g - p|/g). */
  readonly absRel: number;
  /** mean((g - p)²/g), metres. */
  readonly sqRel: number;
  /** √mean((ln g - ln p)²). */
  readonly rmseLog: number;
  /** mean|log₁₀ g - log₁₀ p|. */
  readonly log10: number;
  /** 100·√max(0, mean d² - (mean d)²), d = ln p - ln g (BTS, AdaBins, DINOv3; mmseg's variant differs). */
  readonly silog: number;
  /** Share of pixels with max(g/p, p/g) < 1.25, 1.25² and 1.25³. */
  readonly delta1: number;
  readonly delta2: number;
  readonly delta3: number;
  readonly validPixels: number;
}

/**
 * Depth errors of one image, as BTS, AdaBins and DINOv3 compute them: clip the prediction (NaN and -∞ to the minimum,
 * +∞ to the maximum), keep pixels with `minDepth < truth < maxDepth` inside the crop, then average. Nothing is aligned
 * or scaled. The score of a data set is the mean over images, see {@link createDepthMeter}.
 *
 * @throws {EvalInputError} When the maps differ in size, do not fill rows of `width`, or the depth range is empty.
 * @example
 * ```ts
 * import { depthErrors } from "@vpt/eval/depth";
 *
 * depthErrors([1.1, 2.2], [1, 2], { width: 2, crop: "none" }).absRel // 0.1
 * ```
 * @see facebookresearch/dinov3, dinov3/eval/depth/eval.py; cleinc/bts; arXiv 1406.2283 (the crop)
 * @category metric
 */
export function depthErrors(
  prediction: ArrayLike<number>,
  truth: ArrayLike<number>,
  options: DepthOptions,
): DepthErrors {
  return finish(accumulate(prediction, truth, options));
}

interface Sums {
  n: number;
  squared: number;
  absolute: number;
  absRel: number;
  sqRel: number;
  log: number;
  logSquared: number;
  logAbsolute: number;
  within: [number, number, number];
}

function accumulate(prediction: ArrayLike<number>, truth: ArrayLike<number>, options: DepthOptions): Sums {
  const { width, minDepth = 0.001, maxDepth = 10, crop = "eigen" } = options;
  checkOption("depthErrors: crop", crop, ["none", "eigen"]);
  checkInteger("depthErrors: width", width, 1);
  checkLength("depthErrors: truth", truth.length, prediction.length, "pixels, as many as predictions");
  const height = truth.length / width;
  checkInteger(`depthErrors: pixels / width (${truth.length} / ${width})`, height, 0);
  if (!(minDepth > 0 && maxDepth > minDepth)) {
    const received = `${minDepth} and ${maxDepth}`;
    throw new EvalInputError({
      where: "depthErrors: minDepth, maxDepth",
      expected: "0 < minDepth < maxDepth",
      received,
    });
  }
  const box = crop === "eigen" ? eigenCrop(width, height) : { top: 0, bottom: height, left: 0, right: width };
  const sums: Sums = {
    n: 0,
    squared: 0,
    absolute: 0,
    absRel: 0,
    sqRel: 0,
    log: 0,
    logSquared: 0,
    logAbsolute: 0,
    within: [0, 0, 0],
  };
  for (let row = box.top; row < box.bottom; row++) {
    for (let i = row * width + box.left; i < row * width + box.right; i++) {
      const g = truth[i]!;
      if (g > minDepth && g < maxDepth) addPixel(sums, clip(prediction[i]!, minDepth, maxDepth), g);
    }
  }
  return sums;
}

function addPixel(sums: Sums, p: number, g: number): void {
  const error = Math.abs(g - p);
  const logError = Math.log(p) - Math.log(g);
  const ratio = Math.max(g / p, p / g);
  sums.n++;
  sums.squared += error * error;
  sums.absolute += error;
  sums.absRel += error / g;
  sums.sqRel += (error * error) / g;
  sums.log += logError;
  sums.logSquared += logError * logError;
  sums.logAbsolute += Math.abs(Math.log10(g) - Math.log10(p));
  for (let power = 0; power < 3; power++) if (ratio < 1.25 ** (power + 1)) sums.within[power]!++;
}

function finish(sums: Sums): DepthErrors {
  const { n, within } = sums;
  return {
    rmse: Math.sqrt(sums.squared / n),
    mae: sums.absolute / n,
    absRel: sums.absRel / n,
    sqRel: sums.sqRel / n,
    rmseLog: Math.sqrt(sums.logSquared / n),
    log10: sums.logAbsolute / n,
    silog: 100 * Math.sqrt(Math.max(0, sums.logSquared / n - (sums.log / n) ** 2)),
    delta1: within[0] / n,
    delta2: within[1] / n,
    delta3: within[2] / n,
    validPixels: n,
  };
}

// NaN → min
const clip = (depth: number, min: number, max: number): number => (depth > min ? Math.min(depth, max) : min);

/**
 * Eigen's evaluation box, half-open: `[45:471, 41:601]` at 640×480, each number scaled by the size and truncated.
 * @example
 * ```ts
 * import { eigenCrop } from "@vpt/eval/depth";
 *
 * eigenCrop(320, 240) // { top: 22, bottom: 235, left: 20, right: 300 }
 * ```
 * @see arXiv 1406.2283; cleinc/bts
 * @category protocol
 */
export function eigenCrop(width: number, height: number) {
  const scaled = (at: number, size: number, full: number) => Math.trunc((at * size) / full);
  return {
    top: scaled(45, height, 480),
    bottom: scaled(471, height, 480),
    left: scaled(41, width, 640),
    right: scaled(601, width, 640),
  };
}

/** Means over images, and the RMSE of all pixels pooled, which is a different number. */
export interface DepthSummary {
  readonly mean: Omit<DepthErrors, "validPixels">;
  /** √ of the squared errors of all valid pixels together over their number. */
  readonly rmsePooled: number;
  /** Images with at least one valid pixel; the others are skipped. */
  readonly images: number;
  readonly validPixels: number;
}

/** Grows image by image. */
export interface DepthMeter {
  /** Adds one image and returns its own errors. */
  add(prediction: ArrayLike<number>, truth: ArrayLike<number>): DepthErrors;
  scores(): DepthSummary;
}

/**
 * The score of a data set: the mean of the per-image errors, images without valid pixels left out. Means are NaN before
 * the first image.
 * @example
 * ```ts
 * import { createDepthMeter } from "@vpt/eval/depth";
 *
 * const meter = createDepthMeter({ width: 2 });
 * meter.add([1, 2], [1, 3]); // prediction, truth: metres of a 2 × 1 image
 * meter.scores().mean.rmse; // √½
 * ```
 * @category metric
 */
export function createDepthMeter(options: DepthOptions): DepthMeter {
  const images: DepthErrors[] = [];
  return {
    add(prediction, truth) {
      const errors = depthErrors(prediction, truth, options);
      if (errors.validPixels > 0) images.push(errors);
      return errors;
    },
    scores() {
      const mean = (pick: (errors: DepthErrors) => number) =>
        images.reduce((sum, errors) => sum + pick(errors), 0) / images.length;
      const validPixels = images.reduce((sum, errors) => sum + errors.validPixels, 0);
      const squared = images.reduce((sum, errors) => sum + errors.rmse ** 2 * errors.validPixels, 0);
      return {
        mean: {
          rmse: mean((e) => e.rmse),
          mae: mean((e) => e.mae),
          absRel: mean((e) => e.absRel),
          sqRel: mean((e) => e.sqRel),
          rmseLog: mean((e) => e.rmseLog),
          log10: mean((e) => e.log10),
          silog: mean((e) => e.silog),
          delta1: mean((e) => e.delta1),
          delta2: mean((e) => e.delta2),
          delta3: mean((e) => e.delta3),
        },
        rmsePooled: Math.sqrt(squared / validPixels),
        images: images.length,
        validPixels,
      };
    },
  };
}

/** Metres at every pixel, rows from the top; 0, NaN and infinite values were not measured. */
export interface DepthMap {
  readonly data: ArrayLike<number>;
  readonly width: number;
  readonly height: number;
}

/** Options of {@link evaluateDepth}. */
export interface DepthRunOptions extends DenseRunOptions, Omit<DepthOptions, "width"> {
  /** Average with the prediction of the mirrored image. Default false; the published NYUv2 numbers have it on. */
  readonly flipTta?: boolean;
  /** From an image to what the network sees; by default the image as it is. */
  readonly view?: (image: Picture) => Picture;
  readonly name?: string;
  readonly protocol?: string;
  /** Further settings for the record, such as which depth field is the truth. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /**
   * Shown every answered image with its depth at the truth's size, clipped; a continued run shows none that the file
   * holds.
   */
  readonly onPrediction?: (shown: {
    readonly id: string;
    readonly image: Picture;
    readonly truth: DepthMap;
    readonly prediction: Float64Array;
  }) => void | Promise<void>;
}

/**
 * Depth with a frozen encoder and its head: the prediction in metres is grown bilinearly to the truth's size, clipped,
 * and compared on valid pixels; the score is the mean over images, `rmse` is the primary metric. `rmse_pooled` (all
 * pixels together) is another number. An image without a valid pixel is skipped.
 *
 * @throws {EvalInputError} When more items than allowed cannot be used, or a predicted map has more than one channel.
 * @example
 * ```ts
 * import { evaluateDepth } from "@vpt/eval/depth";
 * import { depthProbe, openDepthFolders, vitPredictor } from "@vpt/vision/evaluation";
 *
 * const { test } = openDepthFolders({ images: "set/images", depth: "set/depth" });
 * const bins = { minDepth: 0.001, maxDepth: 10, bins: 256 };
 * const probe = depthProbe({ width: vit.config.hiddenSize, head: "linear", ...bins });
 * const record = await evaluateDepth(vitPredictor(vit, probe, head), test, { crop: "none", file: "depth.jsonl" });
 * record.metrics.rmse; // { value, stderr, ci95, method }
 * ```
 * @category runners
 */
export function evaluateDepth(
  predictor: DensePredictor,
  items: readonly DenseItem<DepthMap>[],
  options: DepthRunOptions = {},
): Promise<DenseEvaluationRecord> {
  const {
    minDepth = 0.001,
    maxDepth = 10,
    crop = "eigen",
    flipTta = false,
    view = (image) => image,
    name = "depth",
    protocol = "bts",
    settings = {},
    onPrediction,
    ...run
  } = options;
  return evaluateDense<DepthMap, DepthErrors>(
    {
      name,
      protocol,
      protocolVersion: 1,
      primaryMetric: "rmse",
      settings: { minDepth, maxDepth, crop, flipTta, ...settings },
      async answer({ id }, { image, truth }) {
        const seen = view(image);
        const maps = await predictor.predict(flipTta ? [seen, mirrorPicture(seen)] : [seen]);
        for (const map of maps) checkMap(`evaluateDepth: ${id}`, map, 1);
        const map = flipTta ? meanWithMirror(maps[0]!, maps[1]!) : maps[0]!;
        const metres = collectRows(resizeRows(rowsOf(map), { width: truth.width, height: truth.height }));
        const prediction = metres.map((depth) => clip(depth, minDepth, maxDepth));
        await onPrediction?.({ id, image, truth, prediction });
        const errors = depthErrors(prediction, truth.data, { width: truth.width, minDepth, maxDepth, crop });
        // JSON has no NaN: an image without valid pixels keeps only that.
        return errors.validPixels > 0 ? errors : ({ validPixels: 0 } as DepthErrors);
      },
      score: ({ validPixels, ...errors }) => ({
        prediction: validPixels > 0 ? `RMSE ${errors.rmse.toFixed(4)} m` : "no valid pixel",
        metrics: validPixels > 0 ? { ...errors } : {},
      }),
      summarize: (images) => ({ metrics: summarizeDepth(images.filter(({ validPixels }) => validPixels > 0)) }),
    },
    items,
    run,
  );
}

/** Means over images, and `rmse_pooled` over their pixels, with bootstrap intervals. */
function summarizeDepth(images: readonly DepthErrors[]) {
  const names = Object.keys(images[0] ?? {}).filter((key): key is keyof DepthErrors => key !== "validPixels");
  return bootstrapCounts(
    images.length,
    (times) => {
      const total = (pick: (errors: DepthErrors) => number): number =>
        images.reduce((sum, errors, i) => sum + times[i]! * pick(errors), 0);
      const means = Object.fromEntries(names.map((key) => [key, total((errors) => errors[key]) / total(() => 1)]));
      const pixels = total(({ validPixels }) => validPixels);
      return {
        ...means,
        rmse_pooled: Math.sqrt(total(({ rmse, validPixels }) => rmse ** 2 * validPixels) / pixels),
      };
    },
    { resamples: 10_000 },
  );
}

/** Mean of a map and of the mirrored image's map, mirrored back. */
function meanWithMirror(map: DenseMap, mirrored: DenseMap): DenseMap {
  checkLength("evaluateDepth: map of the mirrored image", mirrored.values.length, map.values.length);
  const { width } = map;
  const values = Float64Array.from({ length: map.values.length }, (_, i) => {
    const column = i % width;
    return (map.values[i]! + mirrored.values[i - column + (width - 1 - column)]!) / 2;
  });
  return { ...map, values };
}
