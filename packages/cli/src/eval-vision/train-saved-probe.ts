import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { adamW, createTrainState, pick, type Params, type TrainState } from "@vpt/core";
import { appendLog, createCheckpoints, truncateLog } from "@vpt/core/run";
import { initDenseProbe, trainDenseProbe, type DenseProbeState, type DenseProbeTraining } from "@vpt/vision/evaluation";
import { type ViT } from "@vpt/vision";
import { type Progress, compile, remaining } from "@vpt/train";
import { tensorFile } from "@vpt/weights";

/** Updates between two saved states. */
const saveEvery = 200;

/** Where a head's training is kept and how it is watched. */
export interface SavedProbeRun {
  readonly folder: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * `trainDenseProbe` in a folder, with a log and checkpoints: stopped and called again it goes on bit for bit.
 *
 * @returns The head's parameters.
 * @throws {VptError} When too many training images cannot be used. An abort throws the signal's reason, the state saved.
 */
export async function trainSavedProbe<Sample>(
  vit: ViT,
  training: DenseProbeTraining<Sample>,
  { folder, progress, signal }: SavedProbeRun,
): Promise<Params> {
  const { iterations } = training;
  mkdirSync(folder, { recursive: true });
  const checkpoints = createCheckpoints(join(folder, "checkpoints"), tensorFile, { keep: 1 });
  const log = join(folder, "metrics.jsonl");
  const fresh = initDenseProbe(training);
  const saved = await checkpoints.latest(fresh.heads.params);
  const from = saved ? asProbeState(saved.state) : fresh;
  if (from.step > 0 && from.step < iterations)
    progress.log(`head: going on after ${from.step} of ${iterations} updates`);
  await truncateLog(log, from.step);
  const began = Date.now();
  const { params } = await trainDenseProbe(vit, training, {
    from,
    compile,
    signal,
    onBad: ({ name, reason }) => progress.log(`left out ${name}: ${reason}`),
    onUpdate: async (state, { loss, learningRate }) => {
      const { step } = state;
      appendLog(log, { step: step - 1, loss, learningRate });
      progress.setStatus(
        `head ${step}/${iterations} loss ${loss.toFixed(4)}, ${remaining(step - from.step, iterations - from.step, (Date.now() - began) / 1000)}`,
      );
      if (step % saveEvery === 0 || step === iterations || signal.aborted)
        await checkpoints.save({ state: asTrainState(state, training.seed), data: {} });
    },
  });
  return params;
}

/** A head's state in the shape that checkpoints know: running statistics, which no optimizer moves, in the designer's group. */
function asTrainState({ step, heads: { params, optimizer } }: DenseProbeState, seed: number): TrainState {
  const trained = Object.keys(optimizer.first);
  const statistics = Object.entries(params).filter(([name]) => !trained.includes(name));
  return {
    ...createTrainState({ params: {}, optimizer: adamW(), seed }),
    step,
    params: pick(params, trained),
    optimizer,
    designerParams: Object.fromEntries(statistics),
  };
}

const asProbeState = ({ step, params, designerParams, optimizer }: TrainState): DenseProbeState => ({
  step,
  heads: { params: { ...params, ...designerParams }, optimizer },
});
