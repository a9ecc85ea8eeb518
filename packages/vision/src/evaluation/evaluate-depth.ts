import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { depthCrop, type PixelMap, type RgbImage } from "@vpt/data/images";
import { evaluateDepth as scoreDepth, type DepthRunOptions } from "@vpt/eval/depth";
import type { ViT } from "../model/load-vit.js";
import type { HeadOptions } from "./evaluate-segmentation.js";
import { drawSubset, evaluationRun, type EncoderEvaluation, type EncoderEvaluationOptions } from "./evaluation-run.js";
import { colourDepth, shrink } from "./pictures.js";
import { depthProbe } from "./probes/depth-probe.js";
import { depthSchedule } from "./probes/probe-schedule.js";
import type { DenseProbeTraining } from "./probes/train-dense-probe.js";
import { vitPredictor } from "./probes/vit-predictor.js";
import type { DepthSet } from "./sets/depth-set.js";
import { trainSavedProbe } from "./train-saved-probe.js";

/** A depth benchmark's encoder, images and head. */
export interface DepthEvaluation {
  readonly vit: ViT;
  readonly set: DepthSet;
  readonly head?: HeadOptions;
  /** Whether predictions are averaged with the mirrored image's. Default false. */
  readonly flip?: boolean;
}

/**
 * Trains the protocol's head of 256 bins on a frozen encoder and scores the test images: RMSE in metres and its kin.
 * Everything is kept in the folder, so that a stopped evaluation continues bit for bit.
 *
 * @throws {VptError} When too many images cannot be read.
 * @example
 * ```ts
 * import { resolveModel } from "@vpt/hub";
 * import { loadViT } from "@vpt/vision";
 * import { evaluateDepth, openDepthFolders } from "@vpt/vision/evaluation";
 *
 * const vit = await loadViT(await resolveModel("facebook/dinov2-small"));
 * const set = openDepthFolders({ images: "set/images", depth: "set/depth" });
 * const { record } = await evaluateDepth({ vit, set }, { folder: "runs/depth" });
 * record.metrics.rmse; // { value, stderr, ci95, method }
 * ```
 * @category evaluation
 */
export async function evaluateDepth(
  { vit, set, head = {}, flip = false }: DepthEvaluation,
  options: EncoderEvaluationOptions,
): Promise<EncoderEvaluation & { readonly depthRange: readonly [string, string] }> {
  const run = evaluationRun(options);
  const { kind = "linear", iterations = 38_400, batchSize = 16 } = head;
  const range = { minDepth: 0.001, maxDepth: set.maxDepth };
  const probe = depthProbe({ width: vit.config.hiddenSize, head: kind, ...range, bins: 256 });
  const train = drawSubset(set.train, head.trainImages, run.seed);
  const whole = (side: number): number => Math.max(1, Math.floor(side / vit.config.patchSize)) * vit.config.patchSize;
  const window = { width: whole(set.window.width), height: whole(set.window.height) };
  const training: DenseProbeTraining<{ readonly image: RgbImage; readonly depth: PixelMap }> = {
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
    seed: run.seed,
    maxCorruptFraction: run.maxCorruptFraction,
  };
  const params = await trainSavedProbe(vit, training, {
    ...options,
    folder: join(options.folder, "head"),
    onUpdate: (step, loss) => run.onProgress("head")(step, iterations, `loss ${loss.toFixed(4)}`),
  });
  const trained = { kind, bins: 256, iterations, batchSize, trainImages: train.length, beta1: 0.9, window };
  const record = await scoreDepth(vitPredictor(vit, probe, params), set.test.slice(0, options.limit), {
    ...run.runner,
    ...range,
    name: set.name,
    protocol: "dinov3-linear",
    crop: set.crop,
    flipTta: flip,
    settings: { ...set.settings, head: { ...trained, seed: run.seed } },
    onPrediction: showDepth(range, run.pictures),
  });
  tf.dispose(params);
  const notes = [
    `A ${kind} head of 256 bins trained for ${iterations} updates of ${batchSize} crops on ${train.length} images, ` +
      "the encoder frozen. RMSE in metres.",
  ];
  return { record, pictures: run.pictures.rows(), depthRange: ["0 m", `${set.maxDepth} m`], notes };
}

/** Keeps the image, its truth and the prediction, until there are enough. */
const showDepth =
  (
    { minDepth, maxDepth }: { readonly minDepth: number; readonly maxDepth: number },
    pictures: ReturnType<typeof evaluationRun>["pictures"],
  ): NonNullable<DepthRunOptions["onPrediction"]> =>
  ({ id, image, truth, prediction }) => {
    if (pictures.isFull) return;
    let [squares, valid] = [0, 0];
    for (let i = 0; i < prediction.length; i++) {
      const metres = truth.data[i]!;
      if (!(metres > minDepth && metres < maxDepth)) continue;
      valid++;
      squares += (metres - prediction[i]!) ** 2;
    }
    const note =
      valid > 0 ? `RMSE ${Math.sqrt(squares / valid).toFixed(3)} m over the whole image` : "no measured pixel";
    const coloured = (depth: ArrayLike<number>) => shrink(colourDepth(depth, truth, [0, maxDepth]), "map");
    pictures.add(id, note, [
      { caption: "image", image: shrink(image, "photograph") },
      { caption: "truth", image: coloured(truth.data) },
      { caption: "prediction", image: coloured(prediction) },
    ]);
  };
