import { installSafeGradients, safeLogSoftmax } from "@vpt/autodiff/testing";
import * as tf from "@tensorflow/tfjs";
import { alignmentValue, pick, type Params, type ValueInputs } from "@vpt/core";
import { languageView, lossLogits, type DecoderConfig, type LanguageBatch, type LanguageView } from "@vpt/lang";

type Inputs = ValueInputs<LanguageBatch, LanguageView>;

/**
 * `∇_φ (⟨g, ∇_θ L(θ, task(φ))⟩ − penalty)` by double backprop: the reference, from ops that can be differentiated
 * twice. A dense target and log-probabilities of the whole vocabulary, so for small models only.
 *
 * @returns New tensors, owned by the caller.
 */
export function doubleBackprop(
  config: DecoderConfig,
  { params, designerParams, designer, batch, direction }: Omit<Inputs, "learner">,
): Params {
  const uninstall = installSafeGradients();
  try {
    return tf.tidy(() => {
      const view = languageView(config, params, batch);
      return gradientOf((phi) => {
        const task = designer.design(phi, batch, view);
        const lossOf = (moved: Params): tf.Scalar => denseLoss(config, { ...params, ...moved }, batch, task);
        const earned = alignmentValue(direction, gradientOf(lossOf, pick(params, Object.keys(direction))));
        return designer.penalty ? earned.sub(designer.penalty(task, batch, view)) : earned;
      }, designerParams);
    });
  } finally {
    uninstall();
  }
}

const denseLoss = (
  config: DecoderConfig,
  params: Params,
  batch: LanguageBatch,
  { ids_NK, probs_NK }: Params,
): tf.Scalar => {
  const logP_NV = safeLogSoftmax(lossLogits(config, params, batch));
  const places_NKV = tf.oneHot(ids_NK!.flatten().cast("int32"), config.vocabSize).reshape([...ids_NK!.shape, -1]);
  const target_NV = places_NKV.mul(probs_NK!.expandDims(2)).sum(1);
  return logP_NV.mul(target_NV).sum(1).mul(batch.weight_N).sum().neg() as tf.Scalar;
};

function gradientOf(f: (params: Params) => tf.Scalar, params: Params): Params {
  const names = Object.keys(params);
  const named = (tensors: readonly tf.Tensor[]): Params =>
    Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
  return named(tf.grads((...tensors: tf.Tensor[]) => f(named(tensors)))(Object.values(params)));
}
