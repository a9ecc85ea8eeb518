import * as tf from "@tensorflow/tfjs";
import type { Params } from "@vpt/core";
import { causalLearner, nextTokenTask } from "../causal-learner.js";
import type { LanguageBatch } from "../language-batch.js";
import type { DecoderConfig } from "../model/index.js";

/**
 * `∇_θ_S Σ_n w_n (−log p_θ(next_n))` with the batch's own weights, which may be negative. New tensors, owned by the
 * caller.
 */
export function nextTokenGradient(
  config: DecoderConfig,
  params: Params,
  subset: readonly string[],
  batch: LanguageBatch,
): Params {
  const learner = causalLearner(config);
  const started = learner.cacheFrozenActivations!(params, batch, subset);
  const loss = (...tensors: tf.Tensor[]): tf.Scalar => {
    const moving = Object.fromEntries(subset.map((name, i) => [name, tensors[i]!]));
    return learner.loss({ ...params, ...moving }, started, () => nextTokenTask(started));
  };
  const gradients = tf.grads(loss)(subset.map((name) => params[name]!));
  return Object.fromEntries(subset.map((name, i) => [name, gradients[i]!]));
}
