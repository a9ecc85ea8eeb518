import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { VptError } from "@vpt/core";
import { readImagePair, resizeImage, segmentationCrop, type ImagePairReference } from "@vpt/data/images";
import { checkAnnotation, slidingLogits } from "@vpt/eval/ade20k";
import { evaluateSegmentation as scoreSegmentation, type SegmentationRunOptions } from "@vpt/eval/segmentation";
import type { ViT } from "../model/load-vit.js";
import {
  checkWholePatches,
  drawSubset,
  evaluationRun,
  type EncoderEvaluation,
  type EncoderEvaluationOptions,
} from "./evaluation-run.js";
import { colourLabels, shrink } from "./pictures.js";
import type { ProbeHead } from "./probes/dense-probe.js";
import { segmentationSchedule } from "./probes/probe-schedule.js";
import { segmentationProbe } from "./probes/segmentation-probe.js";
import type { DenseProbeTraining } from "./probes/train-dense-probe.js";
import { vitPredictor } from "./probes/vit-predictor.js";
import type { SegmentationSet } from "./sets/segmentation-set.js";
import { trainSavedProbe } from "./train-saved-probe.js";

/** The head that is trained on a frozen encoder. */
export interface HeadOptions {
  /** `linear` (batch norm and 1×1 convolution, the default) or `conv`. */
  readonly kind?: ProbeHead;
  /** Updates; the protocol's by default. */
  readonly iterations?: number | undefined;
  /** Crops an update; default 16. */
  readonly batchSize?: number;
  /** Training images, drawn by the seed; all by default. */
  readonly trainImages?: number | undefined;
}

/** A segmentation benchmark's encoder, images and head. */
export interface SegmentationEvaluation {
  readonly vit: ViT;
  readonly set: SegmentationSet;
  readonly head?: HeadOptions;
}

/**
 * Trains the protocol's head on a frozen encoder and scores the test images: mIoU and its kin, with a bootstrap over
 * images. Everything is kept in the folder, so that a stopped evaluation continues bit for bit.
 *
 * @throws {VptError} When the size is no whole number of patches, or too many images cannot be read.
 * @example
 * ```ts
 * import { resolveModel } from "@vpt/hub";
 * import { loadViT } from "@vpt/vision";
 * import { evaluateSegmentation, openAde20k } from "@vpt/vision/evaluation";
 *
 * const vit = await loadViT(await resolveModel("facebook/dinov2-small"));
 * const set = openAde20k("ADEChallengeData2016");
 * const { record, pictures } = await evaluateSegmentation({ vit, set }, { folder: "runs/ade20k" });
 * record.metrics.mIoU; // { value, stderr, ci95, method }
 * ```
 * @category evaluation
 */
export async function evaluateSegmentation(
  { vit, set, head = {} }: SegmentationEvaluation,
  options: EncoderEvaluationOptions,
): Promise<EncoderEvaluation & { readonly classes: readonly string[] }> {
  const run = evaluationRun(options);
  const { classes, size } = set;
  checkWholePatches(size, vit);
  const { kind = "linear", iterations = set.iterations, batchSize = 16 } = head;
  const probe = segmentationProbe({ width: vit.config.hiddenSize, classes: classes.length, head: kind });
  const train = drawSubset(set.train, head.trainImages, run.seed);
  const training: DenseProbeTraining<Awaited<ReturnType<typeof readTrainingPair>>> = {
    probe,
    task: "segmentation",
    items: train.map((pair) => ({ id: pair.name, load: () => readTrainingPair(pair, set) })),
    crop: (sample, random) => segmentationCrop(sample, random, { size, ignore: 255 }),
    schedule: segmentationSchedule(1e-3, iterations),
    optimizer: { beta2: 0.999, weightDecay: 1e-3 },
    dropout: kind === "linear" ? 0.1 : 0,
    iterations,
    batchSize,
    seed: run.seed,
    maxCorruptFraction: run.maxCorruptFraction,
  };
  const params = await trainSavedProbe(vit, training, {
    ...options,
    folder: join(options.folder, "head"),
    onUpdate: (step, loss) => run.onProgress("head")(step, iterations, `loss ${loss.toFixed(4)}`),
  });
  const trained = { kind, iterations, batchSize, trainImages: train.length, seed: run.seed };
  const record = await scoreSegmentation(
    vitPredictor(vit, probe, params),
    set.test.slice(0, options.limit).map((pair) => ({ id: pair.name, load: () => readTestPair(pair) })),
    { ...run.runner, ...protocolOf(set, trained, run.batchSize), onPrediction: showPrediction(set, run.pictures) },
  );
  tf.dispose(params);
  const notes = [
    `A ${kind} head trained for ${iterations} updates of ${batchSize} crops on ${train.length} images, ` +
      "the encoder frozen. Black in the truth is void.",
  ];
  return { record, pictures: run.pictures.rows(), classes, notes };
}

async function readTestPair(pair: ImagePairReference) {
  const { image, labels } = await readImagePair(pair);
  return { image, truth: labels };
}

/** A training image with its labels as classes; 255 is void. */
async function readTrainingPair(pair: ImagePairReference, set: SegmentationSet) {
  const { image, labels } = await readImagePair(pair);
  checkLabels(set)(labels.data, pair.name);
  const classOf = (label: number): number =>
    set.reduceZeroLabel ? (label === 0 ? 255 : label - 1) : label === set.ignore ? 255 : label;
  return { image, labels: { ...labels, data: Uint8Array.from(labels.data, classOf) } };
}

const checkLabels =
  ({ classes, reduceZeroLabel, ignore }: SegmentationSet) =>
  (labels: ArrayLike<number>, name: string): void => {
    if (reduceZeroLabel) return checkAnnotation(labels, name);
    for (let i = 0; i < labels.length; i++)
      if (labels[i]! >= classes.length && labels[i] !== ignore && labels[i] !== 255)
        throw new VptError(`${name}: label ${labels[i]}; expected 0 to ${classes.length - 1}, or ${ignore} for void`);
  };

/** How a test image is cut, resized and scored: DINOv3's sliding windows, or the whole image at once. */
function protocolOf(set: SegmentationSet, head: object, batchSize: number): SegmentationRunOptions {
  const { size, inference } = set;
  const windows = { window: size, stride: Math.floor((size * 341) / 512) };
  return {
    name: set.name,
    protocol: inference === "square" ? "vpt-quick" : "dinov3-linear",
    classes: set.classes,
    ignoreIndex: set.reduceZeroLabel ? 255 : set.ignore,
    reduceZeroLabel: set.reduceZeroLabel,
    checkLabels: checkLabels(set),
    inference: { inference, shortSide: size, ...(inference === "sliding" && windows), head },
    infer: (model, image) =>
      slidingLogits(model, image, {
        resize: (picture, to) => resizeImage(picture, { ...to, kind: "bilinear" }),
        inference,
        shortSide: size,
        ...windows,
        batchSize,
      }),
  };
}

/** Keeps the image, its truth and the prediction, until there are enough. */
const showPrediction =
  (
    { classes, reduceZeroLabel }: SegmentationSet,
    pictures: ReturnType<typeof evaluationRun>["pictures"],
  ): NonNullable<SegmentationRunOptions["onPrediction"]> =>
  ({ id, image, truth, prediction }) => {
    if (pictures.isFull) return;
    const isClass = (label: number): boolean => label >= 0 && label < classes.length;
    const labels = Int32Array.from(truth.data, (label) => (reduceZeroLabel ? label - 1 : label));
    const labelled = labels.filter(isClass).length;
    const right = labels.filter((label, i) => isClass(label) && prediction[i] === label).length;
    const note =
      labelled > 0
        ? `${((100 * right) / labelled).toFixed(1)} % of the labelled pixels are right`
        : "no labelled pixel";
    pictures.add(id, note, [
      { caption: "image", image: shrink(image, "photograph") },
      { caption: "truth", image: shrink(colourLabels(labels, truth, isClass), "map") },
      { caption: "prediction", image: shrink(colourLabels(prediction, truth, isClass), "map") },
    ]);
  };
