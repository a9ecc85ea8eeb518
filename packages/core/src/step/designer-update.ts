import * as tf from "@tensorflow/tfjs";
import { type Features, identityAllReduce, type Params } from "@vpt/contracts";
import { clipByGlobalNorm, cloneParams, globalNorm, mapParams } from "@vpt/contracts/tensors";
import { featuresTangent, firstOrderAhead } from "./lookahead.js";
import type { MetaGradient } from "./meta-gradient.js";
import { valueDefaults } from "./meta-schedule.js";
import type { StepInputs, StepOutputs, Updated } from "./step-inputs.js";
import type { TrainStepOptions } from "./train-step-options.js";

/** What a meta-gradient made of the designer. */
export type DesignerUpdate = Pick<StepOutputs, "designerMetrics"> & { readonly designer?: Updated };

/**
 * Ascends the value: `φ ← φ + AdamW(∇_φ (V − penalty))`, with a global-norm clip, as often as `designerUpdates` says. A
 * designer in closed form has nothing to update. Where V or a gradient's norm is not finite, φ and its moments stay as
 * they were.
 */
export function designerUpdate<Batch, View>(
  { designerParams, designerMoments, designerScalars }: StepInputs,
  { value, gradientAt, metrics }: MetaGradient,
  { designer, value: options, allReduce = identityAllReduce }: TrainStepOptions<Batch, View>,
): DesignerUpdate {
  if (designer.closedFormTask) return { designerMetrics: { value, ...metrics } };
  const { designerOptimizer, designerClipNorm = valueDefaults.designerClipNorm } = options!;
  let next: Updated = { params: designerParams, moments: designerMoments };
  const norms: tf.Scalar[] = [];
  for (const scalars of designerScalars) {
    const { clipped, norm } = clipByGlobalNorm(allReduce(gradientAt(next.params), "designer"), designerClipNorm);
    const descent = mapParams(clipped, (g) => g.neg()); // the optimizer descends, the designer ascends
    next = designerOptimizer.traceable.update(next.params, descent, next.moments, scalars);
    norms.push(norm);
  }
  const designerGradientNorm = norms[0]!;
  const isFinite = tf.isFinite(tf.addN([value, ...norms])) as tf.Scalar;
  return {
    designerMetrics: { value, designerGradientNorm, ...metrics },
    designer: {
      params: chooseFinite(isFinite, next.params, designerParams),
      moments: {
        first: chooseFinite(isFinite, next.moments.first, designerMoments.first),
        second: chooseFinite(isFinite, next.moments.second, designerMoments.second),
      },
    },
  };
}

/**
 * Lets a designer with `learn` learn from one batch, and computes the features ahead that its task is read off on this
 * step. Parameters that come out not finite are left out.
 */
export function designerLearns<Batch, View>(
  inputs: StepInputs,
  batch: Batch,
  direction: Params,
  options: TrainStepOptions<Batch, View>,
): DesignerUpdate & { readonly ahead: Features } {
  const { designerParams, designerMoments, directionCosine } = inputs;
  const { allReduce = identityAllReduce, designer } = options;
  const { stepSize, update } = designer.learn!;
  const seen = featuresTangent(inputs, batch, direction, options);
  const next = update(designerParams, { batch, ...seen, directionCosine, allReduce });
  const designerNorm = globalNorm(next);
  return {
    ahead: firstOrderAhead(seen, stepSize),
    designerMetrics: { designerNorm },
    designer: {
      params: chooseFinite(tf.isFinite(designerNorm), next, designerParams),
      moments: { first: cloneParams(designerMoments.first), second: cloneParams(designerMoments.second) },
    },
  };
}

const chooseFinite = (isFinite: tf.Scalar, after: Params, before: Params): Params =>
  mapParams(after, (tensor, name) => tf.where(isFinite, tensor, before[name]!));
