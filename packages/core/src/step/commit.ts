import * as tf from "@tensorflow/tfjs";
import { valueDefaults } from "./meta-schedule.js";
import type { StepOutputs } from "./step-inputs.js";
import { disposeUnreferenced, type TrainState } from "./train-state.js";
import type { StepMetrics, TrainStepOptions } from "./train-step-options.js";

/**
 * Reads the step's scalars and makes the next state of its tensors. A step whose loss or gradient norm is not finite,
 * whose gradient is exactly zero, or that `skipStep` refuses moves nothing; a designer's update that is not finite is
 * left out and counted.
 *
 * @param before The state that a skipped step goes back to.
 * @param state The same with the new feedback average; what of it is not in `before` is freed by a skipped step.
 */
export async function commit<Batch, View>(
  before: TrainState,
  state: TrainState,
  outputs: StepOutputs,
  options: TrainStepOptions<Batch, View>,
): Promise<{ readonly state: TrainState; readonly metrics: StepMetrics }> {
  const { learner, auxiliary = {}, ahead, designer, guardScalars, loggedScalars, designerMetrics } = outputs;
  const numbers = await readScalars({ ...guardScalars, ...loggedScalars, ...designerMetrics });
  const of = (group: object): StepMetrics =>
    Object.fromEntries(Object.keys(group).map((name) => [name, numbers[name]!]));
  const metrics = {
    step: state.step,
    ...of(guardScalars),
    learningRate: options.learningRate(state.step),
    ...of(loggedScalars),
    ...of(designerMetrics),
  };
  const { loss, gradientNorm } = numbers as { readonly loss: number; readonly gradientNorm: number };
  if (!allFinite(of(guardScalars)) || gradientNorm === 0 || options.skipStep?.({ loss, gradientNorm })) {
    tf.dispose([learner, auxiliary, ahead, designer] as tf.TensorContainer);
    return { metrics, state: skipped(before, state) };
  }
  const { designerUpdates = valueDefaults.designerUpdates } = options.value ?? {};
  const isDesignerMoved = designer !== undefined && allFinite(of(designerMetrics));
  if (!isDesignerMoved) tf.dispose(designer);
  const { counters } = state;
  return {
    metrics,
    state: {
      ...state,
      step: state.step + 1,
      params: { ...state.params, ...learner.params },
      optimizer: { count: state.optimizer.count + 1, ...learner.moments },
      auxiliary: { ...state.auxiliary, ...auxiliary },
      ...(ahead && { ahead }),
      ...(isDesignerMoved && {
        designerParams: designer.params,
        designerOptimizer: { count: state.designerOptimizer.count + designerUpdates, ...designer.moments },
      }),
      ...(designer && !isDesignerMoved && { counters: { ...counters, skippedMeta: counters.skippedMeta + 1 } }),
    },
  };
}

/** No parameter, moment or average moves, but the random streams do, so that the next step draws new data. */
function skipped(before: TrainState, { counters, random, ...state }: TrainState): TrainState {
  disposeUnreferenced({ counters, random, ...state }, before);
  return {
    ...before,
    step: before.step + 1,
    random,
    counters: { ...counters, skippedStep: counters.skippedStep + 1 },
  };
}

/** Reads many scalars with one transfer and frees them. */
async function readScalars(scalars: Readonly<Record<string, tf.Scalar>>): Promise<Record<string, number>> {
  const names = Object.keys(scalars);
  if (names.length === 0) return {};
  const stacked = tf.tidy(() => tf.stack(Object.values(scalars).map((scalar) => scalar.reshape([]))));
  tf.dispose(scalars);
  const data = await stacked.data();
  stacked.dispose();
  return Object.fromEntries(names.map((name, i) => [name, data[i]!]));
}

/** True when every number is finite. */
const allFinite = (numbers: Readonly<Record<string, number>>): boolean => Object.values(numbers).every(Number.isFinite);
