import * as tf from "@tensorflow/tfjs";
import type { Params } from "@vpt/core";
import { causalLearner } from "../causal-learner.js";
import type { LanguageBatch } from "../language-batch.js";
import type { DecoderConfig } from "../model/index.js";

/**
 * Computes the gradient of a loss of a batch in the parameters of `subset`; the blocks below run once. `lossOf` gets
 * the batch that starts at the subset's first block.
 *
 * @returns New tensors, owned by the caller.
 */
export function subsetGradient(
  config: DecoderConfig,
  params: Params,
  subset: readonly string[],
  batch: LanguageBatch,
  lossOf: (params: Params, batch: LanguageBatch) => tf.Tensor,
): Params {
  const started = causalLearner(config).cacheFrozenActivations!(params, batch, subset);
  const loss = (...tensors: tf.Tensor[]): tf.Scalar => {
    const moving = Object.fromEntries(subset.map((name, i) => [name, tensors[i]!]));
    return lossOf({ ...params, ...moving }, started) as tf.Scalar;
  };
  const gradients = tf.grads(loss)(subset.map((name) => params[name]!));
  return Object.fromEntries(subset.map((name, i) => [name, gradients[i]!]));
}
