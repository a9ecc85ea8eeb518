import { join } from "node:path";
import { VptError } from "@vpt/core";
import { decodeImage, listImageClasses, readReference, type LabelledReference, type RgbImage } from "@vpt/data/images";
import {
  evaluateKnn,
  evaluateLinearProbe,
  extractFeatures,
  probeLearningRates,
  type KnnRunOptions,
} from "@vpt/eval/imagenet";
import type { ViT } from "../model/load-vit.js";
import { imagenetView } from "../views/index.js";
import { vitExtractor } from "../model/index.js";
import {
  checkWholePatches,
  drawSubset,
  evaluationRun,
  type EncoderEvaluation,
  type EncoderEvaluationOptions,
} from "./evaluation-run.js";
import { shrink } from "./pictures.js";
import { trainLinearProbes } from "./probes/train-linear-probes.js";

/** An image with its class. */
interface ClassItem {
  readonly id: string;
  readonly label: number;
  load(): Promise<RgbImage>;
}

/** A classification benchmark: images with the index of their class. */
export interface ImageClassSet {
  readonly train: readonly ClassItem[];
  readonly test: readonly ClassItem[];
  readonly classes: readonly string[];
}

/**
 * Opens a folder with one of images for each split, a folder (or WebDataset tars) a class.
 *
 * @throws {VptError} When a split is missing, or has a class that the training split has not.
 * @example
 * ```ts
 * import { openImageClasses } from "@vpt/vision/evaluation";
 *
 * const set = await openImageClasses("imagenet", { splits: ["train", "val"] });
 * ```
 * @category sets
 */
export async function openImageClasses(
  folder: string,
  { splits = ["train", "val"] }: { readonly splits?: readonly [train: string, test: string] } = {},
): Promise<ImageClassSet> {
  const [train, test] = [
    await listImageClasses(join(folder, splits[0])),
    await listImageClasses(join(folder, splits[1])),
  ];
  const odd = test.classes.find((name) => !train.classes.includes(name));
  if (odd !== undefined) throw new VptError(`${folder}: class ${odd} of ${splits[1]} is not in ${splits[0]}`);
  const item = (reference: LabelledReference): ClassItem => ({
    id: reference.name,
    label: reference.label,
    load: async () => decodeImage(await readReference(reference)),
  });
  const labelOf = (label: number): number => train.classes.indexOf(test.classes[label]!);
  return {
    train: train.images.map(item),
    test: test.images.map((image) => item({ ...image, label: labelOf(image.label) })),
    classes: train.classes,
  };
}

/** Inputs of {@link evaluateImagenet}. */
export interface ImagenetEvaluation {
  readonly vit: ViT;
  readonly set: ImageClassSet;
  /**
   * Nearest neighbours of the class token (the default), or 13 linear heads on stored features without augmentation.
   */
  readonly probe?: "knn" | "linear";
  /** Neighbours of kNN; default 20. */
  readonly k?: number;
  /** Of the linear probe; default 100. */
  readonly epochs?: number;
  /** Features an update of the linear probe; default 1,024. */
  readonly trainBatch?: number;
  /** Training images, drawn by the seed; all by default. */
  readonly trainImages?: number | undefined;
  /** Short side before the centre crop; default 256. */
  readonly shortSide?: number;
  /** Side of the centre crop; default 224. */
  readonly size?: number;
}

/**
 * Measures the top-1 and top-5 accuracy of a frozen encoder by nearest neighbours or linear heads. Features are stored
 * in the folder, so that a stopped evaluation continues.
 *
 * @throws {VptError} When the size is no whole number of patches, or too many images cannot be read.
 * @example
 * ```ts
 * import { resolveModel } from "@vpt/hub";
 * import { loadViT } from "@vpt/vision";
 * import { evaluateImagenet, openImageClasses } from "@vpt/vision/evaluation";
 *
 * const vit = await loadViT(await resolveModel("facebook/dinov2-small"));
 * const set = await openImageClasses("imagenet");
 * const { record } = await evaluateImagenet({ vit, set, probe: "knn" }, { folder: "runs/imagenet" });
 * ```
 * @category evaluation
 */
export async function evaluateImagenet(
  evaluation: ImagenetEvaluation,
  options: EncoderEvaluationOptions,
): Promise<EncoderEvaluation> {
  const { vit, set, probe = "knn", shortSide = 256, size = 224 } = evaluation;
  checkWholePatches(size, vit);
  const run = evaluationRun(options);
  const view = { shortSide, crop: size };
  const feature = probe === "knn" ? "cls" : "cls+mean";
  const extractor = vitExtractor(vit, {
    feature,
    batchSize: run.batchSize,
    view: (image) => imagenetView(image, view),
  });
  const train = drawSubset(set.train, evaluation.trainImages, run.seed);
  const maker = { model: options.model ?? "", feature, ...view };
  const features = await extractFeatures(
    extractor,
    train,
    run.features(`features-${probe}`, "training features", maker),
  );
  const labels = features.kept.map((i) => train[i]!.label);
  const test = set.test.slice(0, options.limit);
  const settings = { feature, ...view, trainImages: labels.length };
  const runner = { ...run.runner, onPrediction: showClasses(set, run.pictures) };
  const finish = { pictures: run.pictures.rows };
  if (probe === "knn") {
    const { k = 20 } = evaluation;
    const classes = set.classes.length;
    const data = { train: { ...features, labels }, test };
    const record = await evaluateKnn(extractor, data, { ...runner, settings, classes, k });
    const notes = [`${k} nearest of ${labels.length} training images, class token.`];
    return { record, pictures: finish.pictures(), notes };
  }
  const { epochs = 100, trainBatch = 1024 } = evaluation;
  const probes = await trainLinearProbes(features, labels, {
    classes: set.classes.length,
    epochs,
    batchSize: trainBatch,
    seed: run.seed,
    ...(options.signal && { signal: options.signal }),
    onProgress: run.onProgress("probe updates"),
    learningRatesOf: probeLearningRates,
  });
  const record = await evaluateLinearProbe(extractor, probes, test, {
    ...runner,
    settings: { ...settings, preset: "quick", epochs, trainBatch, seed: run.seed },
  });
  const { learningRate, top1BestLr } = record.chosen;
  const notes = [
    `Chosen on held-out training images: learning rate ${learningRate}. The best head on the scored images ` +
      `themselves has ${(100 * top1BestLr).toFixed(1)} %, to compare with published numbers.`,
  ];
  return { record, pictures: finish.pictures(), notes };
}

/** Keeps a picture of each answered image with its five best classes, until there are enough. */
function showClasses(
  { test, classes }: ImageClassSet,
  pictures: ReturnType<typeof evaluationRun>["pictures"],
): NonNullable<KnnRunOptions["onPrediction"]> {
  const byId = new Map(test.map((item) => [item.id, item]));
  return async ({ id, label, top5 }) => {
    if (pictures.isFull) return;
    const image = shrink(await byId.get(id)!.load(), "photograph");
    const names = top5.map((c) => classes[c] ?? String(c));
    const caption = `${classes[label]}; said ${names.join(", ")}`;
    pictures.add(id, top5[0] === label ? "right" : "wrong", [{ caption, image }]);
  };
}
