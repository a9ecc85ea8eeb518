import { mkdirSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { adamW, clipByGlobalNorm, createTrainState, pick, randomFromSeed, type Optimizer, type Random, type TrainState } from "@vpt/core"; // prettier-ignore
import { appendLog, createCheckpoints, truncateLog } from "@vpt/core/run";
import { createQuarantine, epochOrder, type DenseCrop } from "@vpt/data/images";
import { headStep, initHeads, vitFeatures, type HeadState, type ViT } from "@vpt/vision";
import { remaining, type Progress } from "../progress.js";
import { compile } from "../train/compile.js";
import { tensorFile } from "../train/tensor-file.js";
import type { DenseProbe } from "./dense-probe.js";
import type { ProbeSchedule } from "./probe-schedule.js";

/** How a head is trained on a frozen backbone. */
export interface ProbeTraining<Sample> {
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
  readonly maximumBadShare: number;
}

/** Where a head's training goes and how it is watched. */
export interface ProbeRun {
  readonly folder: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** A trained head, and what of the training images could not be used. */
export interface TrainedDenseProbe {
  readonly params: HeadState["params"];
  readonly quarantined: readonly { readonly name: string; readonly reason: string }[];
}

/**
 * Trains a dense head on the features of a frozen ViT, saving as it goes: stopped and called again it goes on bit for bit, since the
 * crops of an update are a function of the seed and its number.
 *
 * @throws {VptError} When too many training images cannot be used. An abort throws the signal's reason, the state saved.
 */
export async function trainDenseProbe<Sample>(
  vit: ViT,
  training: ProbeTraining<Sample>,
  { folder, progress, signal }: ProbeRun,
): Promise<TrainedDenseProbe> {
  const { probe, items, iterations, batchSize, seed, schedule } = training;
  const { beta2, weightDecay, clipNorm } = training.optimizer;
  const optimizer = clipped(adamW({ beta2, weightDecay }), clipNorm);
  mkdirSync(folder, { recursive: true });
  const checkpoints = createCheckpoints(join(folder, "checkpoints"), tensorFile, { keep: 1 });
  const log = join(folder, "metrics.jsonl");
  const quarantine = createQuarantine("training images", {
    maximumBadShare: training.maximumBadShare,
    onBad: ({ name, reason }) => progress.say(`left out ${name}: ${reason}`),
  });
  const fresh = initHeads(probe.evaluatorAt(0), optimizer, seed);
  const saved = await checkpoints.latest(fresh.params);
  let step = saved?.state.step ?? 0;
  let heads: HeadState = saved ? { params: { ...saved.state.params, ...saved.state.designerParams }, optimizer: saved.state.optimizer } : fresh; // prettier-ignore
  if (step > 0 && step < iterations) progress.say(`head: going on after ${step} of ${iterations} updates`);
  await truncateLog(log, step);
  const itemAt = epochOrder(items.length, seed);
  const began = Date.now();
  const first = step;
  const save = (): Promise<void> => checkpoints.save({ state: asTrainState(heads, step, optimizer, seed), data: {} });
  while (step < iterations) {
    if (signal.aborted) {
      await save();
      signal.throwIfAborted();
    }
    const random = randomFromSeed(seed, `probe ${step}`);
    const crops: DenseCrop[] = [];
    for (let k = 0; k < batchSize; k++) crops.push(await cropAt(step * batchSize + k, random));
    const previous = heads;
    const { state, loss } = tf.tidy(() => {
      const { pixels, map } = batchOf(crops, training.task);
      const features = dropChannels(vitFeatures(vit.config, vit.params, pixels).patches_BHWD, training.dropout, random);
      return headStep(probe.evaluatorAt(step), optimizer, previous, { features_BHWD: features, ...map }, schedule(step), compile) as never as { state: HeadState & tf.TensorContainer; loss: tf.Scalar }; // prettier-ignore
    });
    heads = state;
    const value = (await loss.data())[0]!;
    tf.dispose([loss, previous.params, previous.optimizer.first, previous.optimizer.second]);
    appendLog(log, { step, loss: value, learningRate: schedule(step) });
    step++;
    progress.update(`head ${step}/${iterations} loss ${value.toFixed(4)}, ${remaining(step - first, iterations - first, (Date.now() - began) / 1000)}`); // prettier-ignore
    if (step % 200 === 0 || step === iterations) await save();
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
    map: task === "depth" ? { depth_BHW: tf.tensor3d(map, shape) } : { labels_BHW: tf.tensor3d(Int32Array.from(map), shape, "int32") }, // prettier-ignore
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
        inTensors: {
          ...optimizer.inTensors,
          update: (params, gradients, moments, numbers) =>
            optimizer.inTensors.update(params, clipByGlobalNorm(gradients, clipNorm).clipped, moments, numbers),
        },
      };

/** A head's state in the shape that checkpoints know: running statistics, which no optimizer moves, in the other group. */
function asTrainState(
  { params, optimizer: moments }: HeadState,
  step: number,
  optimizer: Optimizer,
  seed: number,
): TrainState {
  // prettier-ignore
  const trained = Object.keys(moments.first);
  const statistics = Object.entries(params).filter(([name]) => !trained.includes(name));
  return {
    ...createTrainState({ params: {}, optimizer, seed }),
    step,
    params: pick(params, trained),
    optimizer: moments,
    designerParams: Object.fromEntries(statistics),
  };
}
