import type * as tf from "@tensorflow/tfjs";
import type { Params } from "@vpt/contracts";
import { clipByGlobalNorm, innerProduct, mapParams, pick } from "@vpt/contracts/tensors";
import { alignmentCosine } from "../value/alignment-value.js";
import { feedbacksOf, meanOfDomains, splitDomains } from "../value/domains.js";
import type { LearnerGradient } from "./learner-gradient.js";
import type { StepInputs, StepOutputs } from "./step-inputs.js";
import type { TrainStepOptions } from "./train-step-options.js";

/**
 * Descends the pretraining loss: `θ ← θ − AdamW(g_pre)`, with a global-norm clip and the mean over the processes. Logs
 * the cosine of g_pre with the value's direction, and `predictedDecrease` `−⟨ḡ_down, Δθ⟩`, what the step taken should
 * gain downstream.
 *
 * @see arXiv 2601.22108v1, Algorithm 1; v2, equation 35.
 */
export function learnerUpdate<Batch, View>(
  { params, moments, scalars, feedbackEma }: StepInputs,
  own: Omit<LearnerGradient, "task">,
  directions: readonly Params[],
  options: TrainStepOptions<Batch, View>,
): Pick<StepOutputs, "learner" | "guardScalars" | "loggedScalars"> {
  const { optimizer, clipNorm = 1, value } = options;
  const { loss, gradient, metrics } = meanOverProcesses(own, options);
  const trained = pick(params, Object.keys(moments.first));
  const { clipped, norm: gradientNorm } = clipByGlobalNorm(gradient, clipNorm);
  const next = optimizer.traceable.update(trained, clipped, moments, scalars);
  const predictedDecrease = (): tf.Scalar => {
    const average = meanOfDomains(splitDomains(feedbackEma, value ? feedbacksOf(value.feedback).length : 1));
    const moved = mapParams(average, (_, name) => trained[name]!.sub(next.params[name]!));
    return innerProduct(average, moved);
  };
  const direction = directions.length > 0 ? meanOfDomains(directions) : undefined;
  const loggedScalars: Record<string, tf.Scalar> = {
    ...metrics,
    ...(direction && alignment(direction, pick(gradient, Object.keys(direction)), options)),
    ...(Object.keys(feedbackEma).length > 0 && { predictedDecrease: predictedDecrease() }),
  };
  return { learner: next, guardScalars: { loss, gradientNorm }, loggedScalars };
}

/** The cosine with the task that the learner is trained on; and V of it, where no value pass gave V. */
const alignment = <Batch, View>(
  direction: Params,
  gradient: Params,
  { designer: { lookahead, learn } }: TrainStepOptions<Batch, View>,
): Record<string, tf.Scalar> => ({
  cosine: alignmentCosine(direction, gradient),
  ...((lookahead || learn) && { value: innerProduct(direction, gradient) }),
});

function meanOverProcesses<Batch, View>(
  { loss, gradient, metrics }: Omit<LearnerGradient, "task">,
  { allReduce }: TrainStepOptions<Batch, View>,
): Omit<LearnerGradient, "task"> {
  if (!allReduce) return { loss, gradient, metrics };
  const { loss: meanLoss, ...meanMetrics } = allReduce({ ...metrics, loss }, "scalars");
  return { loss: meanLoss, gradient: allReduce(gradient, "gradient"), metrics: meanMetrics };
}
