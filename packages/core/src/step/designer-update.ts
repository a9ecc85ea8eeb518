import * as tf from "@tensorflow/tfjs";
import { identityAllReduce, type Params } from "@vpt/contracts";
import { clipByGlobalNorm, mapParams } from "@vpt/contracts/tensors";
import type { MetaGradient } from "./meta-gradient.js";
import { valueDefaults } from "./meta-schedule.js";
import type { StepInputs, StepOutputs, Updated } from "./step-inputs.js";
import type { TrainStepOptions } from "./train-step-options.js";

/** What a meta-gradient made of the designer. */
export type DesignerUpdate = Pick<StepOutputs, "designerMetrics"> & { readonly designer?: Updated };

/**
 * Ascends the value: `φ ← φ + AdamW(∇_φ (V − penalty))`, with a global-norm clip. A designer in closed form has nothing
 * to update. Where V or the gradient's norm is not finite, φ and its moments stay as they were.
 */
export function designerUpdate<Batch, View>(
  { designerParams, designerMoments, designerScalars }: StepInputs,
  { value, gradient, metrics }: MetaGradient,
  { designer, value: options, allReduce = identityAllReduce }: TrainStepOptions<Batch, View>,
): DesignerUpdate {
  if (designer.closedFormTask) return { designerMetrics: { value, ...metrics } };
  const { designerOptimizer, designerClipNorm = valueDefaults.designerClipNorm } = options!;
  const { clipped, norm } = clipByGlobalNorm(allReduce(gradient, "designer"), designerClipNorm);
  const descent = mapParams(clipped, (g) => g.neg()); // the optimizer descends, the designer ascends
  const next = designerOptimizer.traceable.update(designerParams, descent, designerMoments, designerScalars);
  const isFinite = tf.logicalAnd(tf.isFinite(value), tf.isFinite(norm));
  const choose = (after: Params, before: Params): Params =>
    mapParams(after, (tensor, name) => tf.where(isFinite, tensor, before[name]!));
  return {
    designerMetrics: { value, designerGradientNorm: norm, ...metrics },
    designer: {
      params: choose(next.params, designerParams),
      moments: {
        first: choose(next.moments.first, designerMoments.first),
        second: choose(next.moments.second, designerMoments.second),
      },
    },
  };
}
