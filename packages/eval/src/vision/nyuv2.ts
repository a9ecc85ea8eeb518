import {
  createDepthMeter,
  depthErrors,
  evaluateDepth,
  type DenseEvaluationRecord,
  type DenseItem,
  type DensePredictor,
  type DepthErrors,
  type DepthMap,
  type DepthMeter,
  type DepthRunOptions,
} from "./depth.js";
import { checkInteger, checkLength, EvalInputError } from "../errors.js";
import { sampleIndices } from "../internal/random.js";

/** The NYUv2 protocol in numbers; depths in metres. Colours are means and deviations of RGB on 0..1. */
export const nyuv2 = {
  width: 640,
  height: 480,
  minDepth: 0.001,
  maxDepth: 10,
  trainImages: 795,
  testImages: 654,
  /** BTS blackens the colours outside rows 7..473 and columns 7..631 (half-open box). */
  validColours: { top: 7, bottom: 474, left: 7, right: 632 },
  /** Training crop: rows 45..471, columns 43..607 (half-open box). */
  trainCrop: { top: 45, bottom: 472, left: 43, right: 608 },
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
} as const;

/** Options of the NYUv2 scores. Record both with the number: they change it. */
export interface Nyuv2Options {
  /** On in DINOv3, BTS and AdaBins; the paper calls it optional. */
  readonly crop?: "none" | "eigen";
  readonly width?: number;
}

/**
 * Errors of one test image, range 0.001 to 10 m, Eigen's crop on. Resize the prediction to the truth first (bilinear,
 * half-pixel centres).
 * @example
 * ```ts
 * import { nyuDepthErrors } from "@vpt/eval/nyuv2";
 *
 * const truth = new Float32Array(480 * 640).fill(2);
 * nyuDepthErrors(truth.map((metres) => metres + 0.5), truth).rmse; // 0.5
 * ```
 * @see facebookresearch/dinov3, dinov3/eval/depth/eval.py
 * @category metric
 */
export function nyuDepthErrors(
  prediction: ArrayLike<number>,
  truth: ArrayLike<number>,
  options: Nyuv2Options = {},
): DepthErrors {
  return depthErrors(prediction, truth, depthOptions(options));
}

/**
 * Mean errors over the test images, as {@link createDepthMeter} with NYUv2's range and crop. The primary metric is
 * `mean.rmse`, in metres.
 */
export function createNyuDepthMeter(options: Nyuv2Options = {}): DepthMeter {
  return createDepthMeter(depthOptions(options));
}

const depthOptions = ({ crop = "eigen", width = nyuv2.width }: Nyuv2Options) => ({
  width,
  crop,
  minDepth: nyuv2.minDepth,
  maxDepth: nyuv2.maxDepth,
});

/**
 * Metres from a 16-bit depth PNG in millimetres; 0 stays 0 and means "no measurement".
 * @example
 * ```ts
 * import { metresFromMillimetres } from "@vpt/eval/nyuv2";
 *
 * metresFromMillimetres(Uint16Array.of(0, 1500)) // Float32Array [0, 1.5]
 * ```
 * @category labels
 */
export const metresFromMillimetres = (depth: ArrayLike<number>): Float32Array =>
  Float32Array.from({ length: depth.length }, (_, i) => depth[i]! / 1000);

/**
 * Mean of a prediction and the prediction of the mirrored image, mirrored back: on for the published numbers; record it
 * as `flipTta`.
 * @throws {EvalInputError} When the maps differ in size or do not fill rows of `width`.
 * @example
 * ```ts
 * import { averageWithFlip } from "@vpt/eval/nyuv2";
 *
 * averageWithFlip([1, 2], [4, 3], { width: 2 }) // Float64Array [2, 3]
 * ```
 * @category protocol
 */
export function averageWithFlip(
  prediction: ArrayLike<number>,
  ofMirrored: ArrayLike<number>,
  options: { readonly width: number },
): Float64Array {
  const { width } = options;
  checkLength("averageWithFlip: second map", ofMirrored.length, prediction.length, "pixels");
  checkInteger("averageWithFlip: pixels / width", prediction.length / width, 0);
  return Float64Array.from({ length: prediction.length }, (_, i) => {
    const column = i % width;
    return (prediction[i]! + ofMirrored[i - column + (width - 1 - column)]!) / 2;
  });
}

/** One line of BTS's lists. */
export interface DepthPair {
  readonly image: string;
  readonly depth: string;
  readonly focal: number;
}

/**
 * Lines `rgb depth focal` of BTS's lists, sorted by image; a leading slash is dropped; rows whose depth is `None` are
 * left out.
 * @throws {EvalInputError} For a line that is not three words, with its number.
 * @example
 * ```ts
 * import { parseBtsList } from "@vpt/eval/nyuv2";
 *
 * parseBtsList("/bath/rgb_0.jpg /bath/sync_depth_0.png 518.8579\n")
 * ```
 * @see cleinc/bts, train_test_inputs
 * @category labels
 */
export function parseBtsList(text: string): DepthPair[] {
  const pairs: DepthPair[] = [];
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "") continue;
    const [image, depth, focal, ...rest] = line.trim().split(/\s+/);
    if (depth === "None") continue;
    if (image === undefined || depth === undefined || !Number.isFinite(Number(focal)) || rest.length > 0) {
      throw new EvalInputError({ where: `parseBtsList: line ${i + 1}`, expected: "`rgb depth focal`", received: line });
    }
    pairs.push({ image: image.replace(/^\//, ""), depth: depth.replace(/^\//, ""), focal: Number(focal) });
  }
  return pairs.sort((a, b) => (a.image < b.image ? -1 : a.image > b.image ? 1 : 0));
}

/**
 * Our reading of the paper's subsets: the 795 training indices sorted and shuffled with the run's seed; the first 512
 * train the head, the next 128 give the feedback. Keep both lists with the run.
 * @example
 * ```ts
 * import { nyuSubsets } from "@vpt/eval/nyuv2";
 *
 * const trainIndices = Array.from({ length: 795 }, (_, i) => i);
 * nyuSubsets(trainIndices, { seed: 0 }).feedback.length; // 128
 * ```
 * @category protocol
 */
export function nyuSubsets(
  trainIndices: readonly number[],
  options: { readonly seed: number; readonly head?: number; readonly feedback?: number },
): { readonly head: readonly number[]; readonly feedback: readonly number[] } {
  const { seed, head = 512, feedback = 128 } = options;
  checkInteger("nyuSubsets: number of training indices", trainIndices.length, head + feedback);
  const sorted = [...trainIndices].sort((a, b) => a - b);
  const drawn = sampleIndices(sorted.length, head + feedback, seed).map((i) => sorted[i]!);
  return { head: drawn.slice(0, head), feedback: drawn.slice(head) };
}

/** Options of {@link evaluateNyuv2}. */
export interface Nyuv2RunOptions extends Omit<
  DepthRunOptions,
  "minDepth" | "maxDepth" | "name" | "protocol" | "settings"
> {
  /** Which truth the items carry: with holes (the protocol's), or filled. Other numbers follow, so it is recorded. */
  readonly depthField?: "rawDepths" | "depths";
}

/**
 * Depth errors on NYUv2's test images: 0.001 to 10 m, Eigen's crop on, averaged with the mirrored image (as the
 * published numbers are).
 * @example
 * ```ts
 * import { evaluateNyuv2 } from "@vpt/eval/nyuv2";
 * import { depthProbe, openNyuv2, vitPredictor } from "@vpt/vision/evaluation";
 *
 * const { test, close } = await openNyuv2("nyu_depth_v2_labeled.mat", { splits: "splits.mat" });
 * const bins = { minDepth: 0.001, maxDepth: 10, bins: 256 };
 * const probe = depthProbe({ width: vit.config.hiddenSize, head: "linear", ...bins });
 * const record = await evaluateNyuv2(vitPredictor(vit, probe, head), test, { file: "nyuv2.jsonl" });
 * close();
 * ```
 * @see facebookresearch/dinov3, dinov3/eval/depth
 * @category runners
 */
export function evaluateNyuv2(
  predictor: DensePredictor,
  items: readonly DenseItem<DepthMap>[],
  options: Nyuv2RunOptions = {},
): Promise<DenseEvaluationRecord> {
  const { depthField = "rawDepths", flipTta = true, crop = "eigen", ...run } = options;
  const { minDepth, maxDepth } = nyuv2;
  return evaluateDepth(predictor, items, {
    ...run,
    flipTta,
    crop,
    minDepth,
    maxDepth,
    name: "nyuv2",
    protocol: "dinov3-linear",
    settings: { depthField },
  });
}
