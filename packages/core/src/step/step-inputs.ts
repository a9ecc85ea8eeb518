import * as tf from "@tensorflow/tfjs";
import type { Auxiliary, Params } from "@vpt/contracts";
import { asScalars, type Moments, type UpdateScalars } from "../optim/adam-w.js";
import { valueDefaults } from "./meta-schedule.js";
import type { TrainState } from "./train-state.js";
import type { TrainStepOptions } from "./train-step-options.js";

/** Where the learner's task comes from on a step. */
export type StepKind =
  /** `designer.baselineTask`: the baseline, and the burn-in. */
  | "baseline"
  /** `designer.design` with the designer as it is. */
  | "design"
  /** The meta-gradient first: it moves the designer, or gives the task of a closed form. */
  | "value";

/** All tensors of one step but its batch; what changes from step to step is among them. */
export interface StepInputs {
  readonly kind: StepKind;
  readonly params: Params;
  readonly auxiliary: Auxiliary;
  readonly moments: Moments;
  readonly scalars: UpdateScalars;
  readonly designerParams: Params;
  readonly designerMoments: Moments;
  /** The numbers of each of the designer's updates in this step. */
  readonly designerScalars: readonly UpdateScalars[];
  readonly feedbackEma: Params;
  /** Cosine of the feedback average with the one before. */
  readonly directionCosine: tf.Scalar;
  /** {@link TrainState.ahead}. */
  readonly ahead: Params;
  readonly auxiliaryScalars: UpdateScalars;
}

/** A group of parameters after its update. */
export type Updated = { readonly params: Params; readonly moments: Moments };

/** What a step computed: new tensors throughout. */
export type StepOutputs = {
  readonly learner: Updated;
  /** Nothing without a meta-gradient, or when the designer has a closed form. */
  readonly designer?: Updated;
  /** The next {@link TrainState.ahead}. */
  readonly ahead?: Params;
  /** Groups that the auxiliary update moved. */
  readonly auxiliary?: Record<string, Params>;
  /** `loss` and `gradientNorm`: the step counts only if both are finite. */
  readonly guardScalars: Readonly<Record<"loss" | "gradientNorm", tf.Scalar>>;
  readonly loggedScalars: Readonly<Record<string, tf.Scalar>>;
  /** `value` and `designerGradientNorm`: if one is not finite, `designer` holds what was given. */
  readonly designerMetrics: Readonly<Record<string, tf.Scalar>>;
};

/** Makes a step's numbers tensors, so that one compiled step serves all steps. Call it within a tidy. */
export function stepInputs<Batch, View>(
  state: TrainState,
  kind: StepKind,
  options: TrainStepOptions<Batch, View>,
  directionCosine = 1,
): StepInputs {
  const { step, params, auxiliary, optimizer, designerParams, designerOptimizer, feedbackEma, ahead } = state;
  const { value } = options;
  const updates = kind === "value" ? (value!.designerUpdates ?? valueDefaults.designerUpdates) : 0;
  return {
    kind,
    params,
    auxiliary,
    moments: { first: optimizer.first, second: optimizer.second },
    scalars: asScalars(options.optimizer.updateScalars(optimizer.count, options.learningRate(step))),
    designerParams,
    designerMoments: { first: designerOptimizer.first, second: designerOptimizer.second },
    designerScalars: Array.from({ length: updates }, (_, i) =>
      asScalars(value!.designerOptimizer.updateScalars(designerOptimizer.count + i, value!.designerLearningRate(step))),
    ),
    feedbackEma,
    directionCosine: tf.scalar(directionCosine),
    ahead,
    auxiliaryScalars: asScalars(options.auxiliary?.scalars?.(step) ?? {}),
  };
}
