import * as tf from "@tensorflow/tfjs";
import {
  createTrainState,
  disposeUnreferenced,
  mapParams,
  trainStep,
  type Params,
  type StepMetrics,
  type TrainState,
} from "@vpt/core";
import type { SkippedSample } from "@vpt/data/images";
import { initDinoAuxiliary } from "@vpt/vision";
import type { VisionConfig } from "./config.js";
import { batchesOf, type VisionStart } from "./start-vision.js";
import { cleanPools, type VisionPools } from "./vision-data.js";
import { visionMethodOptions, type VisionMethodOptions } from "./vision-method-options.js";
import type { VisionMethod } from "./vision-methods.js";

/** Wall clock of one step: all of it, and what of it was spent waiting for the crops. */
export interface StepTiming {
  readonly seconds: number;
  readonly dataSeconds: number;
}

/** How a method is trained and watched. */
export interface TrainVisionMethodOptions {
  readonly method: VisionMethod;
  readonly run: VisionConfig;
  /** Made once for all seeds of an method, so that it compiles once; by default made here. */
  readonly options?: VisionMethodOptions;
  /** Where to go on; by default the start. */
  readonly state?: TrainState;
  readonly onStep?: (metrics: StepMetrics, timing: StepTiming, state: TrainState) => void | Promise<void>;
  readonly signal?: AbortSignal;
  /** Told of every image of the stream that cannot be read, once. */
  readonly onBad?: (bad: SkippedSample) => void;
}

/** Trains one method from the shared start. The state belongs to the caller; `start.params` are left alone. */
export async function trainVisionMethod(
  start: VisionStart,
  pools: VisionPools,
  {
    method,
    run,
    options = visionMethodOptions(method, run, start, pools),
    state: given,
    onStep,
    signal,
    onBad,
  }: TrainVisionMethodOptions,
): Promise<TrainState> {
  const seen = method === "oracle" ? cleanPools(pools) : pools;
  const batches = batchesOf(run, seen, start.config, run.seed, {
    ...(onBad && { onBad }),
    hasMeta: options.step.value !== undefined && !options.step.designer.closedFormTask,
  });
  let state = given ?? firstState(start, run, options);
  try {
    while (state.step < run.steps && !signal?.aborted) {
      const lap = performance.now();
      const batch = await batches.at(state.step);
      const dataSeconds = (performance.now() - lap) / 1000;
      const stepped = await trainStep(state, batch, options.step);
      disposeUnreferenced(state, stepped.state);
      tf.dispose(batch as unknown as tf.TensorContainer);
      state = stepped.state;
      await onStep?.(stepped.metrics, { seconds: (performance.now() - lap) / 1000, dataSeconds }, state);
    }
  } finally {
    await batches.close();
  }
  return state;
}

function firstState(start: VisionStart, run: VisionConfig, { step, evaluator }: VisionMethodOptions): TrainState {
  const copies = (params: Params): Params => mapParams(params, (tensor) => tensor.clone());
  const fresh = initDinoAuxiliary(start.params, { evaluator, seed: run.seed });
  tf.dispose([fresh.auxiliary["teacher"]!, fresh.auxiliary["centre"]!]);
  const { teacher, centre } = start.auxiliary;
  return createTrainState({
    ...fresh,
    auxiliary: { ...fresh.auxiliary, teacher: copies(teacher), centre: copies(centre) },
    params: copies(start.params),
    trainable: start.trainable,
    designerParams: step.designer.init(run.seed),
    optimizer: step.optimizer,
    seed: run.seed,
  });
}
