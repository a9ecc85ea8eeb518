import * as tf from "@tensorflow/tfjs";
import type { Task } from "@vpt/core";
import type { LanguageBatch } from "../language-batch.js";

/** The target and the two parts it is mixed from; penalties and logs look at the parts. */
export type SoftTarget = {
  readonly probs_NK: tf.Tensor2D;
  readonly proposal_NK: tf.Tensor2D;
  readonly gate_N: tf.Tensor1D;
};

/**
 * `q = (1 − α)·onehot(slot 0) + α·r`: rows that sum to 1 over K. α = 0 gives the one-hot exactly.
 * @see arXiv 2601.22108v1, A.1.
 */
export function interpolateWithOneHot(proposal_NK: tf.Tensor2D, gate_N: tf.Tensor1D): SoftTarget {
  const gate_N1 = gate_N.expandDims(1);
  const truth_1K = tf.oneHot(tf.tensor1d([0], "int32"), proposal_NK.shape[1]).cast("float32");
  const probs_NK = truth_1K.mul(tf.sub(1, gate_N1)).add(proposal_NK.mul(gate_N1)) as tf.Tensor2D;
  return { probs_NK, proposal_NK, gate_N };
}

/** `KL(r ‖ p)` of each row; a probability of 0 in r counts 0. */
export const klPerRow = (proposal_NK: tf.Tensor, logPrior_NK: tf.Tensor): tf.Tensor1D =>
  proposal_NK.mul(proposal_NK.add(1e-20).log().sub(logPrior_NK)).sum(1) as tf.Tensor1D;

/** Weighted means over the counted positions: the gate α, its extremes, and how far the proposal is from the truth. */
export function describeTarget(task: Task, { weight_N }: LanguageBatch): Readonly<Record<string, tf.Scalar>> {
  const { gate_N, proposal_NK } = task;
  if (!gate_N || !proposal_NK) return {};
  const counted = weight_N.greater(0);
  const mean = (x_N: tf.Tensor): tf.Scalar => x_N.mul(weight_N).sum() as tf.Scalar;
  const entropy_N = proposal_NK.mul(proposal_NK.add(1e-20).log()).sum(1).neg();
  return {
    gate: mean(gate_N),
    gateLow: tf.where(counted, gate_N, tf.fill(gate_N.shape, Infinity)).min() as tf.Scalar,
    gateHigh: tf.where(counted, gate_N, tf.fill(gate_N.shape, -Infinity)).max() as tf.Scalar,
    proposalEntropy: mean(entropy_N),
    proposalTruth: mean(proposal_NK.slice([0, 0], [-1, 1]).squeeze([1])),
  };
}
