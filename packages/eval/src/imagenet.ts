import { evaluate, type EvaluationRecord, type RunOptions } from "./internal/evaluate.js";
import type { FeatureExtractor } from "./internal/runners.js";
import type { EvalTask } from "./internal/task.js";
import { checkInteger, checkLength, EvalInputError } from "./internal/errors.js";

/** Evaluation preprocessing: short side to 256 (bicubic, antialiased), centre crop 224, colours on 0..1. */
export const imagenet = {
  classes: 1000,
  shortSide: 256,
  crop: 224,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
  neighbours: [10, 20, 100, 200],
  temperature: 0.07,
} as const;

/** Features of many images one after the other, `width` numbers each. */
export interface FeatureMatrix {
  readonly values: ArrayLike<number>;
  readonly width: number;
}

/** Options of {@link createKnn}. */
export interface KnnOptions {
  readonly classes: number;
  /** Neighbours to vote; 20 is what DINO reports. */
  readonly k?: number;
  readonly temperature?: number;
}

/** A train set to ask. */
export interface Knn {
  /** Classes of one image, most votes first, ties to the lower class. */
  rank(feature: ArrayLike<number>): Uint32Array;
}

/**
 * Weighted nearest neighbours: features to unit length, the k train images of largest cosine (ties to the lower index), each votes for
 * its class with `exp(cosine / temperature)`. Classes nobody voted for come last, in class order.
 * Features are kept as float32, similarities summed in float64.
 *
 * @param labels Class of each train image.
 * @throws {EvalInputError} When sizes disagree, a label is no class, a feature has no direction (all zero) or is NaN.
 * @example `createKnn({ values: [1, 0, 0, 1], width: 2 }, [4, 7], { classes: 10, k: 1 }).rank([2, 0.1])[0] // 4`
 * @see facebookresearch/dino, eval_knn.py; dinov3's softmax over the k gives the same order
 * @category knn
 */
export function createKnn(train: FeatureMatrix, labels: ArrayLike<number>, options: KnnOptions): Knn {
  const { classes, k = 20, temperature = imagenet.temperature } = options;
  const { width } = train;
  const rows = train.values.length / width;
  checkInteger("createKnn: numbers / width", rows, 1);
  checkLength("createKnn: labels", labels.length, rows, "labels, one a train image");
  checkInteger("createKnn: k", k, 1, rows);
  for (let i = 0; i < rows; i++) checkInteger(`createKnn: labels[${i}]`, labels[i]!, 0, classes - 1);
  const unit = new Float32Array(rows * width);
  for (let i = 0; i < rows; i++)
    unit.set(normalized(train.values, i * width, width, `createKnn: train image ${i}`), i * width);

  return {
    rank(feature) {
      checkLength("Knn.rank: feature", feature.length, width);
      const query = normalized(feature, 0, width, "Knn.rank: feature");
      const similarity = new Float64Array(rows);
      for (let i = 0; i < rows; i++) {
        let sum = 0;
        for (let d = 0, at = i * width; d < width; d++, at++) sum += query[d]! * unit[at]!;
        similarity[i] = sum;
      }
      const votes = new Float64Array(classes);
      for (const i of largest(similarity, k)) votes[labels[i]!]! += Math.exp(similarity[i]! / temperature);
      return rankScores(votes);
    },
  };
}

function normalized(values: ArrayLike<number>, start: number, width: number, where: string): Float64Array {
  let squares = 0;
  for (let d = 0; d < width; d++) squares += values[start + d]! ** 2;
  if (!(squares > 0 && squares < Infinity)) {
    throw new EvalInputError({
      where,
      expected: "a finite feature that is not all zero",
      received: `squared length ${squares}`,
    });
  }
  const length = Math.sqrt(squares);
  return Float64Array.from({ length: width }, (_, d) => values[start + d]! / length);
}

/** Indices of the k largest values, equal ones by index: insertion into a short sorted list. */
function largest(values: Float64Array, k: number): number[] {
  const kept: number[] = [];
  for (let i = 0; i < values.length; i++) {
    if (kept.length === k && values[i]! <= values[kept[k - 1]!]!) continue;
    let at = kept.length;
    while (at > 0 && values[kept[at - 1]!]! < values[i]!) at--;
    kept.splice(at, 0, i);
    if (kept.length > k) kept.pop();
  }
  return kept;
}

/**
 * Classes by descending score, ties to the lower class: logits, votes or probabilities.
 * @throws {EvalInputError} When a score is NaN.
 * @example `rankScores([0.1, 0.7, 0.7]) // Uint32Array [1, 2, 0]`
 * @category metric
 */
export function rankScores(scores: ArrayLike<number>): Uint32Array {
  for (let i = 0; i < scores.length; i++) {
    if (Number.isNaN(scores[i]))
      throw new EvalInputError({ where: `rankScores: scores[${i}]`, expected: "a number", received: "NaN" });
  }
  return Uint32Array.from({ length: scores.length }, (_, i) => i).sort(
    (a, b) => compare(scores[b]!, scores[a]!) || a - b,
  );
}

const compare = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0); // infinities included

/**
 * Share of images whose class is among the first k of its ranking. NaN for no images.
 * @example `topKAccuracy([[3, 1], [2, 0]], [1, 2], 1) // 0.5`
 * @category metric
 */
export function topKAccuracy(rankings: readonly ArrayLike<number>[], labels: ArrayLike<number>, k: number): number {
  checkInteger("topKAccuracy: k", k, 1);
  checkLength("topKAccuracy: labels", labels.length, rankings.length, "labels, one a ranking");
  const hits = rankings.filter((ranking, i) => Array.from(ranking).slice(0, k).includes(labels[i]!)).length;
  return hits / rankings.length;
}

/**
 * The probe's learning rates: {1, 2, 5}·10⁻⁵…10⁻² and 0.1, each times `totalBatch/256`. All heads train at once on the same features.
 * @example `probeLearningRates(1024).length // 13`
 * @see facebookresearch/dinov3, dinov3/eval/linear.py
 * @category linear probe
 */
export function probeLearningRates(totalBatch: number): number[] {
  checkInteger("probeLearningRates: totalBatch", totalBatch, 1);
  const base = [1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 0.1];
  return base.map((rate) => (rate * totalBatch) / 256);
}

/** One head of the grid, scored twice. */
export interface ProbeHead {
  readonly learningRate: number;
  /** Top-1 on 10,000 images held out of the training set. */
  readonly heldOut: number;
  readonly validation: number;
}

/**
 * The number to report: the head chosen on held-out training images (`top1`), and, to compare with published ones, the best on
 * validation (`top1BestLr`), which selects on the reported split. Ties go to the earlier head.
 * @throws {EvalInputError} When there is no head, or a score is NaN.
 * @example `chooseProbeHead([{ learningRate: 1, heldOut: 0.7, validation: 0.6 }, { learningRate: 2, heldOut: 0.6, validation: 0.8 }])`
 * @category linear probe
 */
export function chooseProbeHead(heads: readonly ProbeHead[]) {
  const scored = heads.length > 0 && !heads.some((head) => Number.isNaN(head.heldOut) || Number.isNaN(head.validation));
  if (!scored) {
    const received = JSON.stringify(heads);
    throw new EvalInputError({ where: "chooseProbeHead: heads", expected: "at least one head, no NaN", received });
  }
  const best = (score: (head: ProbeHead) => number) => heads.reduce((a, b) => (score(b) > score(a) ? b : a));
  const chosen = best((head) => head.heldOut);
  return {
    learningRate: chosen.learningRate,
    top1: chosen.validation,
    top1BestLr: best((head) => head.validation).validation,
  };
}

/** Weights of a linear-BN head at evaluation: running statistics without learned scale or shift, then a linear layer. */
export interface LinearBnHead {
  /** Running mean and variance, one number a feature. */
  readonly mean: ArrayLike<number>;
  readonly variance: ArrayLike<number>;
  /** `[classes, features]`, row after row. */
  readonly weight: ArrayLike<number>;
  readonly bias: ArrayLike<number>;
  readonly epsilon?: number;
}

/**
 * Logits of the head for one feature: `W·(f - mean)/√(variance + ε) + b`, in float64; ε is 1e-6.
 * @example `linearBnLogits([2], { mean: [1], variance: [1], weight: [3], bias: [0.5], epsilon: 0 }) // Float64Array [3.5]`
 * @category linear probe
 */
export function linearBnLogits(feature: ArrayLike<number>, head: LinearBnHead): Float64Array {
  const { mean, variance, weight, bias, epsilon = 1e-6 } = head;
  const width = feature.length;
  checkLength("linearBnLogits: mean", mean.length, width);
  checkLength("linearBnLogits: variance", variance.length, width);
  checkLength("linearBnLogits: weight", weight.length, width * bias.length);
  const scaled = Float64Array.from(
    { length: width },
    (_, d) => (feature[d]! - mean[d]!) / Math.sqrt(variance[d]! + epsilon),
  );
  return Float64Array.from({ length: bias.length }, (_, c) => {
    let sum = bias[c]!;
    for (let d = 0; d < width; d++) sum += weight[c * width + d]! * scaled[d]!;
    return sum;
  });
}

/** One image with its class. `id` names it in the record, such as its file name. */
export interface LabelledImage<Image> {
  readonly id: string;
  readonly image: Image;
  readonly label: number;
}

/** Options of {@link evaluateKnn}. */
export interface KnnRunOptions extends RunOptions, Partial<Omit<KnnOptions, "classes">> {
  readonly classes?: number;
}

/**
 * kNN accuracy of a frozen encoder: features of the train images first, then the test images in batches, one record line each.
 * Metrics are `top1` (headline) and `top5`. A continued run extracts the train features again, but no finished test image.
 * @example `const record = await evaluateKnn(extractor, { train, test }, { classes: 10, k: 20, file: "knn.jsonl" });`
 * @category runners
 */
export async function evaluateKnn<Image>(
  extractor: FeatureExtractor<Image>,
  data: { readonly train: readonly LabelledImage<Image>[]; readonly test: readonly LabelledImage<Image>[] },
  options: KnnRunOptions = {},
): Promise<EvaluationRecord> {
  const { classes = imagenet.classes, k = 20, temperature = imagenet.temperature, ...run } = options;
  const features: ArrayLike<number>[] = [];
  const batchSize = run.batchSize ?? 8;
  for (let start = 0; start < data.train.length; start += batchSize) {
    features.push(...(await extractor.extract(data.train.slice(start, start + batchSize).map(({ image }) => image))));
  }
  checkLength("evaluateKnn: train features", features.length, data.train.length, "features, one a train image");
  const width = features[0]?.length ?? 0;
  const values = new Float32Array(features.length * width);
  for (const [i, feature] of features.entries()) {
    checkLength(`evaluateKnn: feature of ${data.train[i]!.id}`, feature.length, width);
    values.set(feature, i * width);
  }
  const labels = data.train.map(({ label }) => label);
  const knn = createKnn({ values, width }, labels, { classes, k, temperature });
  const task: EvalTask<LabelledImage<Image>, Image, readonly number[]> = {
    name: "imagenet-knn",
    protocol: "dino",
    protocolVersion: 1,
    headline: "top1",
    settings: { classes, k, temperature, trainImages: labels.length },
    id: ({ id }) => id,
    fingerprint: ({ id }) => id,
    request: ({ image }) => image,
    gold: ({ label }) => String(label),
    score: (top5, { label }) => ({
      prediction: String(top5[0]),
      metrics: { top1: top5[0] === label ? 1 : 0, top5: top5.includes(label) ? 1 : 0 },
    }),
  };
  const ask = async (images: readonly Image[]) =>
    (await extractor.extract(images)).map((feature) => Array.from(knn.rank(feature).subarray(0, 5)));
  return evaluate(task, data.test, ask, run);
}
