import * as tf from "@tensorflow/tfjs";
import { adamW, clipByGlobalNorm, randomFromSeed, type Compile, type Optimizer, type Random } from "@vpt/core";
import { createBadSampleTracker, epochOrder, type DenseCrop, type SkippedSample } from "@vpt/data/images";
import { headStep, initHeads, type HeadState } from "../../heads/head-step.js";
import type { ViT } from "../../model/load-vit.js";
import { vitFeatures } from "../../model/vit.js";
import type { DenseProbe } from "./dense-probe.js";
import type { ProbeSchedule } from "./probe-schedule.js";

/** How a head is trained on a frozen backbone. */
export interface DenseProbeTraining<Sample> {
  readonly probe: DenseProbe;
  readonly task: "segmentation" | "depth";
  /** Training images, read when their turn comes; one that cannot be read is left out, counted and budgeted. */
  readonly items: readonly { readonly id: string; load(): Promise<Sample> }[];
  readonly crop: (sample: Sample, random: Random) => DenseCrop;
  readonly schedule: ProbeSchedule;
  readonly optimizer: { readonly beta2: number; readonly weightDecay: number; readonly clipNorm?: number };
  /** Share of channels dropped while training. */
  readonly dropout: number;
  readonly iterations: number;
  readonly batchSize: number;
  readonly seed: number;
  /** Training gives up when more than this share of the images seen cannot be used. */
  readonly maxCorruptFraction: number;
}

/** A head after `step` updates; its tensors are the receiver's to free. */
export interface DenseProbeState {
  readonly step: number;
  readonly heads: HeadState;
}

/** Where a training begins and how it is watched. */
export interface DenseProbeRun {
  /** Taken over, and freed. By default {@link initDenseProbe}. */
  readonly from?: DenseProbeState;
  /** After each update, with its loss; the state still belongs to the training. */
  readonly onUpdate?: (
    state: DenseProbeState,
    metrics: { readonly loss: number; readonly learningRate: number },
  ) => void | Promise<void>;
  readonly onBad?: (bad: SkippedSample) => void;
  readonly signal?: AbortSignal;
  /** `compile` of `@vpt/backend`. */
  readonly compile?: Compile;
}

/** All parameters decay, as by `torch.optim.AdamW` of the published protocols. */
const optimizerOf = <Sample>({ optimizer }: DenseProbeTraining<Sample>): Optimizer =>
  clipped(adamW({ ...optimizer, decayed: () => true }), optimizer.clipNorm);

/** A head before its first update. */
export const initDenseProbe = <Sample>(training: DenseProbeTraining<Sample>): DenseProbeState => ({
  step: 0,
  heads: initHeads(training.probe.evaluatorAt(0), optimizerOf(training), training.seed),
});

/**
 * Trains a dense head on the features of a frozen ViT. The crops of an update are a function of the seed and its
 * number, so that a training that was stopped goes on bit for bit from its last state.
 *
 * @returns The head's parameters, owned by the caller, and what of the training images could not be used.
 * @throws {VptError} When too many training images cannot be used. The signal's reason, when it aborts: between two
 *   updates.
 * @example
 * ```ts
 * import { listImagePairs, readImagePair, segmentationCrop } from "@vpt/data/images";
 * import { segmentationProbe, segmentationSchedule, trainDenseProbe, vitPredictor } from "@vpt/vision/evaluation";
 *
 * const probe = segmentationProbe({ width: vit.config.hiddenSize, classes: 11, head: "linear" });
 * const pairs = listImagePairs("camvid/images/train", "camvid/annotations/train");
 * const { params } = await trainDenseProbe(vit, {
 *   ...{ probe, task: "segmentation", dropout: 0.1, iterations: 1_000, batchSize: 16, seed: 0 },
 *   items: pairs.map((pair) => ({ id: pair.name, load: () => readImagePair(pair) })),
 *   crop: (pair, random) => segmentationCrop(pair, random, { size: 96, ignore: 255 }),
 *   schedule: segmentationSchedule(1e-3, 1_000),
 *   optimizer: { beta2: 0.999, weightDecay: 1e-3 },
 *   maxCorruptFraction: 0.05,
 * });
 * const predictor = vitPredictor(vit, probe, params);
 * ```
 * @category probes
 */
export async function trainDenseProbe<Sample>(
  vit: ViT,
  training: DenseProbeTraining<Sample>,
  { from = initDenseProbe(training), onUpdate, onBad, signal, compile }: DenseProbeRun = {},
): Promise<{ readonly params: HeadState["params"]; readonly quarantined: readonly SkippedSample[] }> {
  const { probe, items, iterations, batchSize, seed, schedule, task, dropout } = training;
  const optimizer = optimizerOf(training);
  const quarantine = createBadSampleTracker("training images", {
    maxCorruptFraction: training.maxCorruptFraction,
    ...(onBad && { onBad }),
  });
  const itemAt = epochOrder(items.length, seed);
  let { step, heads } = from;
  while (step < iterations) {
    signal?.throwIfAborted();
    const random = randomFromSeed(seed, `probe ${step}`);
    const crops: DenseCrop[] = [];
    for (let k = 0; k < batchSize; k++) crops.push(await cropAt(step * batchSize + k, random));
    const previous = heads;
    const learningRate = schedule(step);
    const { state, loss } = tf.tidy(() => {
      const { pixels, map } = batchOf(crops, task);
      const features_BHWD = dropChannels(vitFeatures(vit.config, vit.params, pixels).patches_BHWD, dropout, random);
      return headStep(
        probe.evaluatorAt(step),
        optimizer,
        previous,
        { features_BHWD, ...map },
        learningRate,
        compile,
      ) as never as { state: HeadState & tf.TensorContainer; loss: tf.Scalar };
    });
    heads = state;
    step++;
    const value = (await loss.data())[0]!;
    tf.dispose([loss, previous.params, previous.optimizer.first, previous.optimizer.second]);
    await onUpdate?.({ step, heads }, { loss: value, learningRate });
  }
  tf.dispose([heads.optimizer.first, heads.optimizer.second]);
  return { params: heads.params, quarantined: quarantine.bad };

  /** The crop of a place in the order; a bad image's place is taken by the next that can be read. */
  async function cropAt(position: number, random: Random): Promise<DenseCrop> {
    for (let tries = 0; ; tries++) {
      const item = items[itemAt(position + tries)]!;
      let sample: Sample;
      try {
        sample = await item.load();
      } catch (error) {
        if (tries >= items.length) throw error;
        quarantine.note(item.id, (error as Error).message);
        continue;
      }
      quarantine.note(item.id);
      return training.crop(sample, random);
    }
  }
}

function batchOf(crops: readonly DenseCrop[], task: "segmentation" | "depth") {
  const [{ width, height }] = crops as readonly [DenseCrop];
  const pixels = new Float32Array(crops.length * width * height * 3);
  const map = new Float32Array(crops.length * width * height);
  crops.forEach((crop, i) => {
    pixels.set(crop.pixels, i * width * height * 3);
    map.set(crop.map, i * width * height);
  });
  const shape = [crops.length, height, width] as [number, number, number];
  return {
    pixels: tf.tensor4d(pixels, [...shape, 3]),
    map:
      task === "depth"
        ? { depth_BHW: tf.tensor3d(map, shape) }
        : { labels_BHW: tf.tensor3d(Int32Array.from(map), shape, "int32") },
  };
}

/** Channels of an image dropped as wholes, the rest scaled up. */
function dropChannels(features_BHWD: tf.Tensor4D, share: number, random: Random): tf.Tensor4D {
  if (share === 0) return features_BHWD;
  const [batch, , , width] = features_BHWD.shape;
  const kept = Float32Array.from({ length: batch * width }, () => (random.uniform() < share ? 0 : 1 / (1 - share)));
  return tf.mul(features_BHWD, tf.tensor4d(kept, [batch, 1, 1, width]));
}

const clipped = (optimizer: Optimizer, clipNorm: number | undefined): Optimizer =>
  clipNorm === undefined
    ? optimizer
    : {
        ...optimizer,
        traceable: {
          ...optimizer.traceable,
          update: (params, gradients, moments, numbers) =>
            optimizer.traceable.update(params, clipByGlobalNorm(gradients, clipNorm).clipped, moments, numbers),
        },
      };
