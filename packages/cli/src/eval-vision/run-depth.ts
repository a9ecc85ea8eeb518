import { join } from "node:path";
import { depthCrop, type PixelMap, type RgbImage } from "@vpt/data/images";
import { evaluateDepth } from "@vpt/eval/depth";
import { colourDepth, depthProbe, depthSchedule, shrink, vitPredictor } from "@vpt/vision/evaluation";
import { deviceOf, oneOf, wholeNumber } from "../commands/eval/options.js";
import { visionRun, type VisionArgs } from "../commands/eval/vision-options.js";
import { finishEvaluation } from "@vpt/report";
import { loadEncoder } from "@vpt/train/vision";
import { subset, type HeadArgs } from "./run-segmentation.js";
import { trainSavedProbe } from "./train-saved-probe.js";

/** An image with its depth, read when its turn comes. */
export interface DepthItem {
  readonly id: string;
  load(): Promise<{ readonly image: RgbImage; readonly truth: PixelMap }>;
}

/** A depth benchmark. */
export interface DepthSet {
  readonly name: string;
  readonly train: readonly DepthItem[];
  readonly test: readonly DepthItem[];
  readonly maxDepth: number;
  readonly crop: "none" | "eigen";
  /** Training window. */
  readonly window: { readonly width: number; readonly height: number };
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** Trains the protocol's head of 256 bins on the frozen encoder, scores the test images, and writes record and report. */
export async function runDepth(set: DepthSet, args: VisionArgs & HeadArgs & { readonly flip: boolean }): Promise<void> {
  const run = visionRun(args);
  const { progress, signal, seed, pictures } = run;
  const vit = await loadEncoder(args.model, deviceOf(args.device), progress);
  const head = oneOf("--head", args.head, ["linear", "conv"]);
  const iterations = args.iterations === undefined ? 38_400 : wholeNumber("--iterations", args.iterations);
  const batchSize = wholeNumber("--train-batch", args["train-batch"]);
  const range = { minDepth: 0.001, maxDepth: set.maxDepth };
  const probe = depthProbe({ width: vit.config.hiddenSize, head, ...range, bins: 256 });
  const train = subset(set.train, args["train-limit"], seed);
  const whole = (side: number): number => Math.max(1, Math.floor(side / vit.config.patchSize)) * vit.config.patchSize;
  const window = { width: whole(set.window.width), height: whole(set.window.height) };
  const params = await trainSavedProbe(
    vit,
    {
      probe,
      task: "depth",
      items: train.map(({ id, load }) => ({
        id,
        load: async () => {
          const { image, truth } = await load();
          return { image, depth: truth };
        },
      })),
      crop: (sample, random) => depthCrop(sample, random, window),
      schedule: depthSchedule(3e-4, iterations),
      optimizer: { beta2: 0.99, weightDecay: 1e-4, clipNorm: 35 },
      dropout: 0,
      iterations,
      batchSize,
      seed,
      maxCorruptFraction: run.maxCorruptFraction,
    },
    { folder: join(args.out, "head"), progress, signal },
  );
  const trained = { kind: head, bins: 256, iterations, batchSize, trainImages: train.length, beta1: 0.9, window, seed };
  const record = await evaluateDepth(vitPredictor(vit, probe, params), set.test.slice(0, run.limit), {
    ...run.runner,
    ...range,
    name: set.name,
    protocol: "dinov3-linear",
    crop: set.crop,
    flipTta: args.flip,
    settings: { ...set.settings, head: trained },
    onPrediction: ({ id, image, truth, prediction }) => {
      if (pictures.isFull) return;
      const ends = [0, set.maxDepth] as const;
      let [squares, valid] = [0, 0];
      for (let i = 0; i < prediction.length; i++) {
        const metres = truth.data[i]!;
        if (!(metres > range.minDepth && metres < range.maxDepth)) continue;
        valid++;
        squares += (metres - prediction[i]!) ** 2;
      }
      pictures.add(
        id,
        valid > 0 ? `RMSE ${Math.sqrt(squares / valid).toFixed(3)} m over the whole image` : "no measured pixel",
        [
          { caption: "image", image: shrink(image, "photograph") },
          { caption: "truth", image: shrink(colourDepth(truth.data, truth, ends), "map") },
          { caption: "prediction", image: shrink(colourDepth(prediction, truth, ends), "map") },
        ],
      );
    },
  });
  const notes = [
    `A ${head} head of 256 bins trained for ${iterations} updates of ${batchSize} crops on ${train.length} images, the encoder frozen. RMSE in metres.`,
  ];
  await finishEvaluation(record, {
    out: args.out,
    json: args.json,
    model: args.model,
    pictures: pictures.rows(),
    depthRange: ["0 m", `${set.maxDepth} m`],
    notes,
  });
}
