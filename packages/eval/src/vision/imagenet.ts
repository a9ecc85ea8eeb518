import { checkInteger, checkLength, EvalInputError } from "../errors.js";
import {
  evaluateLoaded,
  type LoadedEvaluationRecord,
  type LoadedItem,
  type LoadedRunOptions,
} from "./evaluate-loaded.js";
import type { FeatureMatrix } from "./feature-set.js";
import type { FeatureExtractor } from "../runner/runners.js";

export { extractFeatures } from "./feature-set.js";
export type { ExtractOptions, FeatureMatrix, FeatureSet } from "./feature-set.js";
export type { FailedItem, LoadedEvaluationRecord, LoadedItem, LoadedRunOptions } from "./evaluate-loaded.js";

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
 * Weighted nearest neighbours: features to unit length, the k train images of largest cosine (ties to the lower index),
 * each votes for its class with `exp(cosine / temperature)`. Classes nobody voted for come last, in class order.
 * Features are kept as float32, similarities summed in float64.
 *
 * @param labels Class of each train image.
 * @throws {EvalInputError} When sizes disagree, a label is no class, a feature has no direction (all zero) or is NaN.
 * @example
 * ```ts
 * import { createKnn } from "@vpt/eval/imagenet";
 *
 * createKnn({ values: [1, 0, 0, 1], width: 2 }, [4, 7], { classes: 10, k: 1 }).rank([2, 0.1])[0] // 4
 * ```
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
 * @example
 * ```ts
 * import { rankScores } from "@vpt/eval/imagenet";
 *
 * rankScores([0.1, 0.7, 0.7]) // Uint32Array [1, 2, 0]
 * ```
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
 * @example
 * ```ts
 * import { topKAccuracy } from "@vpt/eval/imagenet";
 *
 * topKAccuracy([[3, 1], [2, 0]], [1, 2], 1) // 0.5
 * ```
 * @category metric
 */
export function topKAccuracy(rankings: readonly ArrayLike<number>[], labels: ArrayLike<number>, k: number): number {
  checkInteger("topKAccuracy: k", k, 1);
  checkLength("topKAccuracy: labels", labels.length, rankings.length, "labels, one a ranking");
  const hits = rankings.filter((ranking, i) => Array.from(ranking).slice(0, k).includes(labels[i]!)).length;
  return hits / rankings.length;
}

/**
 * The probe's learning rates: {1, 2, 5}·10⁻⁵…10⁻² and 0.1, each times `totalBatch/256`. All heads train at once on the
 * same features.
 * @example
 * ```ts
 * import { probeLearningRates } from "@vpt/eval/imagenet";
 *
 * probeLearningRates(1024).length // 13
 * ```
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
 * The number to report: the head chosen on held-out training images (`top1`), and, to compare with published ones, the
 * best on validation (`top1BestLr`), which selects on the reported split. Ties go to the earlier head.
 * @throws {EvalInputError} When there is no head, or a score is NaN.
 * @example
 * ```ts
 * import { chooseProbeHead } from "@vpt/eval/imagenet";
 *
 * chooseProbeHead([
 *   { learningRate: 1, heldOut: 0.7, validation: 0.6 },
 *   { learningRate: 2, heldOut: 0.6, validation: 0.8 },
 * ]);
 * ```
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

/**
 * Weights of a linear-BN head at evaluation: running statistics without learned scale or shift, then a linear layer.
 */
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
 * @example
 * ```ts
 * import { linearBnLogits } from "@vpt/eval/imagenet";
 *
 * linearBnLogits([2], { mean: [1], variance: [1], weight: [3], bias: [0.5], epsilon: 0 }) // Float64Array [3.5]
 * ```
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

/** One image with its class, read when its turn comes; `id` names it in the record, such as its file name. */
export interface LabelledItem<Image> extends LoadedItem<Image> {
  readonly label: number;
}

/** Options of {@link evaluateKnn}. */
export interface KnnRunOptions extends LoadedRunOptions, Partial<Omit<KnnOptions, "classes">> {
  readonly classes?: number;
  /** Further settings for the record, such as the view. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Shown every answered image with its five best classes; a continued run shows none that the file holds. */
  readonly onPrediction?: (shown: ShownClasses) => void | Promise<void>;
}

/** An answered image. */
export interface ShownClasses {
  readonly id: string;
  readonly label: number;
  readonly top5: readonly number[];
}

/**
 * kNN accuracy of a frozen encoder against the features of the train images: the test images in batches, one record
 * line each. Metrics are `top1` (primary) and `top5`.
 *
 * @param data.train Features from {@link extractFeatures}, and the class of each row.
 * @example
 * ```ts
 * import { evaluateKnn, extractFeatures } from "@vpt/eval/imagenet";
 * import { imagenetView, vitExtractor } from "@vpt/vision";
 * import { openImageClasses } from "@vpt/vision/evaluation";
 *
 * const { train, test, classes } = await openImageClasses("imagenet");
 * const extractor = vitExtractor(vit, { view: (image) => imagenetView(image) });
 * const features = await extractFeatures(extractor, train);
 * const labels = features.kept.map((i) => train[i]!.label);
 * const sets = { train: { ...features, labels }, test };
 * const record = await evaluateKnn(extractor, sets, { classes: classes.length, k: 20, file: "knn.jsonl" });
 * ```
 * @category runners
 */
export function evaluateKnn<Image>(
  extractor: FeatureExtractor<Image>,
  data: {
    readonly train: FeatureMatrix & { readonly labels: ArrayLike<number> };
    readonly test: readonly LabelledItem<Image>[];
  },
  options: KnnRunOptions = {},
): Promise<LoadedEvaluationRecord> {
  const {
    classes = imagenet.classes,
    k = 20,
    temperature = imagenet.temperature,
    settings = {},
    onPrediction,
    ...run
  } = options;
  const knn = createKnn(data.train, data.train.labels, { classes, k, temperature });
  return evaluateLoaded<LabelledItem<Image>, Image, { readonly top5: readonly number[] }>(
    {
      name: "imagenet-knn",
      protocol: "dino",
      protocolVersion: 2,
      primaryMetric: "top1",
      settings: { classes, k, temperature, trainImages: data.train.labels.length, ...settings },
      gold: ({ label }) => String(label),
      score: ({ top5 }, { label }) => ({ prediction: String(top5[0]), metrics: topMetrics(top5, label) }),
      async answer(batch) {
        const features = await extractor.extract(batch.map(({ loaded }) => loaded));
        const answers = features.map((feature) => ({ top5: Array.from(knn.rank(feature).subarray(0, 5)) }));
        for (const [i, { item }] of batch.entries()) await onPrediction?.({ ...item, ...answers[i]! });
        return answers;
      },
    },
    data.test,
    run,
  );
}

const topMetrics = (top5: readonly number[], label: number) => ({
  top1: top5[0] === label ? 1 : 0,
  top5: top5.includes(label) ? 1 : 0,
});

/** One trained head of the grid. */
export interface TrainedProbe {
  readonly learningRate: number;
  /** Top-1 on images held out of the training set: what chooses the head. */
  readonly heldOut: number;
  readonly head: LinearBnHead;
}

/** Options of {@link evaluateLinearProbe}. */
export type LinearProbeRunOptions = LoadedRunOptions & Pick<KnnRunOptions, "settings" | "onPrediction">;

/**
 * Linear-probe accuracy of a frozen encoder: the head that was best on held-out training images (`top1`, `top5`), and
 * the best on the test images themselves (`top1_bestlr`), which selects on the reported split and is there to compare
 * with published numbers.
 *
 * @throws {EvalInputError} When there is no head, or too many images cannot be used.
 * @example
 * ```ts
 * import { evaluateLinearProbe, extractFeatures, probeLearningRates } from "@vpt/eval/imagenet";
 * import { imagenetView, vitExtractor } from "@vpt/vision";
 * import { openImageClasses, trainLinearProbes } from "@vpt/vision/evaluation";
 *
 * const { train, test, classes } = await openImageClasses("imagenet");
 * const extractor = vitExtractor(vit, { view: (image) => imagenetView(image) });
 * const features = await extractFeatures(extractor, train);
 * const labels = features.kept.map((i) => train[i]!.label);
 * const schedule = { epochs: 10, batchSize: 1024, seed: 0, learningRatesOf: probeLearningRates };
 * const probes = await trainLinearProbes(features, labels, { classes: classes.length, ...schedule });
 * const record = await evaluateLinearProbe(extractor, probes, test, { file: "probe.jsonl" });
 * record.metrics.top1; // { value, stderr, ci95, method }
 * ```
 * @see facebookresearch/dinov3, dinov3/eval/linear.py, which chooses on validation
 * @category runners
 */
export async function evaluateLinearProbe<Image>(
  extractor: FeatureExtractor<Image>,
  probes: readonly TrainedProbe[],
  test: readonly LabelledItem<Image>[],
  options: LinearProbeRunOptions = {},
): Promise<LoadedEvaluationRecord & { readonly chosen: ReturnType<typeof chooseProbeHead> }> {
  const { settings = {}, onPrediction, ...run } = options;
  const { learningRate } = chooseProbeHead(probes.map((probe) => ({ ...probe, validation: 0 })));
  const chosen = probes.findIndex((probe) => probe.learningRate === learningRate);
  const record = await evaluateLoaded<LabelledItem<Image>, Image, ProbeAnswer>(
    {
      name: "imagenet-linear",
      protocol: "dinov3-linear-bn",
      protocolVersion: 1,
      primaryMetric: "top1",
      settings: { heads: probes.length, chosen: learningRate, ...settings },
      gold: ({ label }) => String(label),
      score: ({ top5, tops }, { label }) => ({
        prediction: String(top5[0]),
        metrics: {
          ...topMetrics(top5, label),
          ...Object.fromEntries(tops.map((top, i) => [`top1_lr${probes[i]!.learningRate}`, top === label ? 1 : 0])),
        },
      }),
      async answer(batch) {
        const features = await extractor.extract(batch.map(({ loaded }) => loaded));
        const answers = features.map((feature): ProbeAnswer => {
          const rankings = probes.map(({ head }) => rankScores(linearBnLogits(feature, head)));
          return {
            top5: Array.from(rankings[chosen]!.subarray(0, 5)),
            tops: rankings.map((ranking) => ranking[0]!),
          };
        });
        for (const [i, { item }] of batch.entries()) await onPrediction?.({ ...item, top5: answers[i]!.top5 });
        return answers;
      },
    },
    test,
    run,
  );
  const scored = probes.map((probe) => ({
    ...probe,
    validation: record.metrics[`top1_lr${probe.learningRate}`]!.value,
  }));
  return { ...record, chosen: chooseProbeHead(scored) };
}

/** Of one image: the chosen head's five best classes, and the best class of every head. */
interface ProbeAnswer {
  readonly top5: readonly number[];
  readonly tops: readonly number[];
}
