import { jvp } from "@vpt/autodiff";
import { type Features, type Learner, type Lookahead, type Params, VptError } from "@vpt/contracts";
import { mapParams, pick } from "@vpt/contracts/tensors";
import type { StepInputs } from "./step-inputs.js";
import type { TrainStepOptions } from "./train-step-options.js";

/** What one batch is designed along. */
export interface DesignInputs {
  /** d, on a step that has one. */
  readonly direction: Params | undefined;
  /** The anchored parameters θ⁺, for a designer that has them. */
  readonly ahead: Params | undefined;
}

/** Features and their derivative along a direction. */
export interface FeaturesTangent {
  readonly features: Features;
  readonly tangent: Features;
}

/** The features of the prediction, with their derivative along `direction`, in one forward-mode pass; new tensors. */
export function featuresTangent<Batch, View>(
  { params, auxiliary }: StepInputs,
  batch: Batch,
  direction: Params,
  { learner }: TrainStepOptions<Batch, View>,
): FeaturesTangent {
  const { features, subset, start } = featuresFrom(learner, params, batch, direction);
  const { value, tangent } = jvp(
    (moved: Params) => features({ ...params, ...moved }, start, subset, auxiliary),
    pick(params, subset),
    direction,
  );
  return { features: value, tangent };
}

/** The features one step of length `stepSize` against the direction, to first order: `h − ε·ḣ`. */
export const firstOrderAhead = ({ features, tangent }: FeaturesTangent, stepSize: number): Features =>
  mapParams(features, (h, name) => h.sub(tangent[name]!.mul(stepSize)));

/** The aligned parameters one downstream step ahead, `θ⁺ = θ − ε·d`; new tensors. */
export const paramsAhead = ({ params }: Pick<StepInputs, "params">, direction: Params, stepSize: number): Params =>
  mapParams(direction, (d, name) => params[name]!.sub(d.mul(stepSize)));

/**
 * Computes the features that the designer's target is read off: one forward pass at the anchored parameters `ahead`, or
 * to first order along the step's own direction. Nothing on a baseline step, which has neither.
 */
export function lookaheadFeatures<Batch, View>(
  inputs: StepInputs,
  batch: Batch,
  { anchored, stepSize }: Lookahead,
  { direction, ahead }: DesignInputs,
  options: TrainStepOptions<Batch, View>,
): Features | undefined {
  if (!anchored) return direction && firstOrderAhead(featuresTangent(inputs, batch, direction, options), stepSize);
  if (!ahead) return undefined;
  const { features, subset, start } = featuresFrom(options.learner, inputs.params, batch, ahead);
  return features({ ...inputs.params, ...ahead }, start, subset, inputs.auxiliary);
}

/** The learner's `features`, which parameters move, and the batch with everything below them computed. */
function featuresFrom<Batch, View>(learner: Learner<Batch, View>, params: Params, batch: Batch, moving: Params) {
  const { features } = learner;
  if (!features)
    throw new VptError("trainStep: the designer reads the learner's features, and the learner has no `features`");
  const subset = Object.keys(moving);
  return { features, subset, start: learner.cacheFrozenActivations?.(params, batch, subset) ?? batch };
}
