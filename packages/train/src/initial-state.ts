import { cloneParams, createTrainState, pick, type TrainState } from "@vpt/core";
import type { MethodPlan, MethodStart } from "./workload.js";

/**
 * Makes the state that a method starts from. What trains is copied, since the training loop frees what it replaces;
 * what is frozen is `start`'s own.
 */
export function initialState<Batch, View>(
  plan: MethodPlan<Batch, View>,
  start: MethodStart,
  { seed, trainable }: { readonly seed: number; readonly trainable: readonly string[] },
): TrainState {
  const { designer, optimizer, designerOptimizer = optimizer } = plan.step;
  const own = plan.trainable ?? trainable;
  return createTrainState({
    ...plan.initial?.(start),
    params: { ...start.params, ...cloneParams(pick(start.params, own)) },
    trainable: own,
    designerParams: designer.init(plan.seed ?? seed),
    optimizer,
    designerOptimizer,
    seed: plan.seed ?? seed,
  });
}
