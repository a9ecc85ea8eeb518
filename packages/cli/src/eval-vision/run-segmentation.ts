import { join } from "node:path";
import { randomFromSeed, VptError } from "@vpt/core";
import { readImagePair, resizeImage, segmentationCrop, type ImagePairReference } from "@vpt/data/images";
import { evaluateSegmentation } from "@vpt/eval/segmentation";
import { checkAnnotation, slidingLogits } from "@vpt/eval/ade20k";
import { colourLabels, segmentationProbe, segmentationSchedule, shrink, vitPredictor } from "@vpt/vision/evaluation";
import { deviceOf, oneOf, wholeNumber } from "../commands/eval/options.js";
import { visionRun, type VisionArgs } from "../commands/eval/vision-options.js";
import { finishEvaluation } from "@vpt/report";
import { loadEncoder } from "@vpt/train/vision";
import { trainSavedProbe } from "./train-saved-probe.js";

/** What citty makes of the arguments of a head. */
export interface HeadArgs {
  readonly head: string;
  readonly iterations?: string | undefined;
  readonly "train-batch": string;
  readonly "train-limit"?: string | undefined;
}

/** A segmentation benchmark: where its pairs lie and what its labels mean. */
export interface SegmentationSet {
  readonly name: string;
  readonly train: readonly ImagePairReference[];
  readonly test: readonly ImagePairReference[];
  readonly classes: readonly string[];
  /** Labels as stored are one more than the class, 0 is void (ADE20K); otherwise they are the class, and `ignore` is void. */
  readonly reduceZeroLabel: boolean;
  readonly ignore: number;
  readonly size: number;
  readonly inference: "sliding" | "square";
  readonly iterations: number;
}

/** Trains the protocol's head on the frozen encoder, scores the test pairs, and writes record and report. */
export async function runSegmentation(set: SegmentationSet, args: VisionArgs & HeadArgs): Promise<void> {
  const run = visionRun(args);
  const { progress, signal, seed, pictures } = run;
  const { classes, reduceZeroLabel, ignore, size, inference } = set;
  const vit = await loadEncoder(args.model, deviceOf(args.device), progress);
  if (size % vit.config.patchSize !== 0)
    throw new VptError(`--size ${size}: expected a multiple of the patch, ${vit.config.patchSize}`);
  const head = oneOf("--head", args.head, ["linear", "conv"]);
  const iterations = args.iterations === undefined ? set.iterations : wholeNumber("--iterations", args.iterations);
  const batchSize = wholeNumber("--train-batch", args["train-batch"]);
  const probe = segmentationProbe({ width: vit.config.hiddenSize, classes: classes.length, head });
  const train = subset(set.train, args["train-limit"], seed);
  const check = (labels: ArrayLike<number>, name: string): void => {
    if (reduceZeroLabel) return checkAnnotation(labels, name);
    for (let i = 0; i < labels.length; i++)
      if (labels[i]! >= classes.length && labels[i] !== ignore && labels[i] !== 255)
        throw new VptError(`${name}: label ${labels[i]}; expected 0 to ${classes.length - 1}, or ${ignore} for void`);
  };
  const params = await trainSavedProbe(
    vit,
    {
      probe,
      task: "segmentation",
      items: train.map((reference) => ({
        id: reference.name,
        load: async () => {
          const { image, labels } = await readImagePair(reference);
          check(labels.data, reference.name);
          const data = Uint8Array.from(labels.data, (label) =>
            reduceZeroLabel ? (label === 0 ? 255 : label - 1) : label === ignore ? 255 : label,
          );
          return { image, labels: { ...labels, data } };
        },
      })),
      crop: (sample, random) => segmentationCrop(sample, random, { size, ignore: 255 }),
      schedule: segmentationSchedule(1e-3, iterations),
      optimizer: { beta2: 0.999, weightDecay: 1e-3 },
      dropout: head === "linear" ? 0.1 : 0,
      iterations,
      batchSize,
      seed,
      maxCorruptFraction: run.maxCorruptFraction,
    },
    { folder: join(args.out, "head"), progress, signal },
  );
  const stride = Math.floor((size * 341) / 512);
  const resize = (image: Parameters<typeof resizeImage>[0], to: { readonly width: number; readonly height: number }) =>
    resizeImage(image, { ...to, kind: "bilinear" });
  const trained = { kind: head, iterations, batchSize, trainImages: train.length, seed };
  const record = await evaluateSegmentation(
    vitPredictor(vit, probe, params),
    set.test.slice(0, run.limit).map((reference) => ({
      id: reference.name,
      load: async () => {
        const { image, labels } = await readImagePair(reference);
        return { image, truth: labels };
      },
    })),
    {
      ...run.runner,
      name: set.name,
      protocol: inference === "square" ? "vpt-quick" : "dinov3-linear",
      classes,
      ignoreIndex: reduceZeroLabel ? 255 : ignore,
      reduceZeroLabel,
      checkLabels: check,
      inference: {
        inference,
        shortSide: size,
        ...(inference === "sliding" && { window: size, stride }),
        head: trained,
      },
      infer: (model, image) =>
        slidingLogits(model, image, {
          resize,
          inference,
          shortSide: size,
          window: size,
          stride,
          batchSize: run.batchSize,
        }),
      onPrediction: ({ id, image, truth, prediction }) => {
        if (pictures.isFull) return;
        const isClass = (label: number): boolean => label >= 0 && label < classes.length;
        const labels = Int32Array.from({ length: truth.data.length }, (_, i) =>
          reduceZeroLabel ? truth.data[i]! - 1 : truth.data[i]!,
        );
        let [right, labelled] = [0, 0];
        labels.forEach((label, i) => {
          if (!isClass(label)) return;
          labelled++;
          if (prediction[i] === label) right++;
        });
        pictures.add(
          id,
          labelled > 0
            ? `${((100 * right) / labelled).toFixed(1)} % of the labelled pixels are right`
            : "no labelled pixel",
          [
            { caption: "image", image: shrink(image, "photograph") },
            { caption: "truth", image: shrink(colourLabels(labels, truth, isClass), "map") },
            { caption: "prediction", image: shrink(colourLabels(prediction, truth, isClass), "map") },
          ],
        );
      },
    },
  );
  const notes = [
    `A ${head} head trained for ${iterations} updates of ${batchSize} crops on ${train.length} images, the encoder frozen. Black in the truth is void.`,
  ];
  await finishEvaluation(record, {
    out: args.out,
    json: args.json,
    model: args.model,
    pictures: pictures.rows(),
    classes,
    notes,
  });
}

/** Some of the training items, drawn by the seed; all of them without a limit. */
export function subset<Item>(items: readonly Item[], limit: string | undefined, seed: number): readonly Item[] {
  if (limit === undefined) return items;
  const random = randomFromSeed(seed, "training subset");
  const drawn = items.map((item) => ({ item, at: random.uniform() })).sort((a, b) => a.at - b.at);
  return drawn.slice(0, wholeNumber("--train-limit", limit)).map(({ item }) => item);
}
