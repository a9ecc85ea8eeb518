import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { adamW, createTrainState, pick, type Compile, type Params, type TrainState } from "@vpt/core";
import { appendLog, createCheckpoints, truncateLog } from "@vpt/core/run";
import { tensorFile } from "@vpt/weights";
import type { ViT } from "../model/load-vit.js";
import {
  initDenseProbe,
  trainDenseProbe,
  type DenseProbeState,
  type DenseProbeTraining,
} from "./probes/train-dense-probe.js";

/** Updates between two saved states. */
const saveEvery = 200;

/** Where a head's training is kept and how it is watched. */
export interface SavedProbeRun {
  /** Folder of `checkpoints/` and `metrics.jsonl`. */
  readonly folder: string;
  readonly compile?: Compile | undefined;
  readonly signal?: AbortSignal;
  /** After each update. */
  readonly onUpdate?: (step: number, loss: number) => void;
  /** Receives one line on what is left out or continued. */
  readonly log?: (line: string) => void;
}

/**
 * Trains a dense head in a folder, with a log and checkpoints: a training that was stopped continues bit for bit when
 * it is called again.
 *
 * @returns The head's parameters, owned by the caller.
 * @throws {VptError} When too many training images cannot be read. An abort throws the signal's reason, the state
 *   saved.
 * @example
 * ```ts
 * import { listImagePairs, readImagePair, segmentationCrop } from "@vpt/data/images";
 * import { segmentationProbe, segmentationSchedule, trainSavedProbe, vitPredictor } from "@vpt/vision/evaluation";
 *
 * const probe = segmentationProbe({ width: vit.config.hiddenSize, classes: 11, head: "linear" });
 * const pairs = listImagePairs("camvid/images/train", "camvid/annotations/train");
 * const params = await trainSavedProbe(
 *   vit,
 *   {
 *     ...{ probe, task: "segmentation", dropout: 0.1, iterations: 1_000, batchSize: 16, seed: 0 },
 *     items: pairs.map((pair) => ({ id: pair.name, load: () => readImagePair(pair) })),
 *     crop: (pair, random) => segmentationCrop(pair, random, { size: 96, ignore: 255 }),
 *     schedule: segmentationSchedule(1e-3, 1_000),
 *     optimizer: { beta2: 0.999, weightDecay: 1e-3 },
 *     maxCorruptFraction: 0.05,
 *   },
 *   { folder: "runs/camvid/head" },
 * );
 * const predictor = vitPredictor(vit, probe, params);
 * ```
 * @category probes
 */
export async function trainSavedProbe<Sample>(
  vit: ViT,
  training: DenseProbeTraining<Sample>,
  { folder, compile, signal, onUpdate, log = () => {} }: SavedProbeRun,
): Promise<Params> {
  const { iterations } = training;
  mkdirSync(folder, { recursive: true });
  const checkpoints = createCheckpoints(join(folder, "checkpoints"), tensorFile, { keep: 1 });
  const metrics = join(folder, "metrics.jsonl");
  const fresh = initDenseProbe(training);
  const saved = await checkpoints.latest(fresh.heads.params);
  const from = saved ? asProbeState(saved.state) : fresh;
  if (from.step > 0 && from.step < iterations) log(`head: going on after ${from.step} of ${iterations} updates`);
  await truncateLog(metrics, from.step);
  const { params } = await trainDenseProbe(vit, training, {
    from,
    ...(compile && { compile }),
    ...(signal && { signal }),
    onBad: ({ name, reason }) => log(`left out ${name}: ${reason}`),
    onUpdate: async (state, { loss, learningRate }) => {
      const { step } = state;
      appendLog(metrics, { step: step - 1, loss, learningRate });
      onUpdate?.(step, loss);
      if (step % saveEvery === 0 || step === iterations || signal?.aborted === true)
        await checkpoints.save({ state: asTrainState(state, training.seed), data: {} });
    },
  });
  return params;
}

const statisticsGroup = "statistics";

/**
 * A head's state in the shape of checkpoints; running statistics, which no optimizer moves, are an auxiliary group.
 */
function asTrainState({ step, heads: { params, optimizer } }: DenseProbeState, seed: number): TrainState {
  const trained = Object.keys(optimizer.first);
  const statistics = Object.keys(params).filter((name) => !trained.includes(name));
  return {
    ...createTrainState({
      params: {},
      optimizer: adamW(),
      seed,
      auxiliary: { [statisticsGroup]: pick(params, statistics) },
    }),
    step,
    params: pick(params, trained),
    optimizer,
  };
}

const asProbeState = ({ step, params, auxiliary, optimizer }: TrainState): DenseProbeState => ({
  step,
  heads: { params: { ...params, ...auxiliary[statisticsGroup] }, optimizer },
});
