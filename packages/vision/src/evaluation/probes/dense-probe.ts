import type * as tf from "@tensorflow/tfjs";
import type { Params } from "@vpt/core";
import type { DenseEvaluator } from "../../heads/dense-evaluator.js";
import { convHead, linearHead, type DenseHead } from "../../heads/dense-head.js";

/**
 * A head on frozen patch features with the loss that a protocol trains it by; see {@link segmentationProbe} and {@link
 * depthProbe}.
 */
export interface DenseProbe {
  init(seed: number): Params;
  /** The loss of one update, in the shape that `headStep` takes. */
  evaluatorAt(step: number): DenseEvaluator;
  /** `[B, h, w, classes]` logits or `[B, h, w, 1]` metres, at the head's own resolution; owned by the caller. */
  map(params: Params, features_BHWD: tf.Tensor4D): tf.Tensor4D;
}

/** Which head: linear with batch norm, or the small convolutional decoder. */
export type ProbeHead = "linear" | "conv";

/** Under which a probe's parameters live. */
export const probeName = "probe";

/** The head itself. */
export const probeHead = (kind: ProbeHead, width: number, outputs: number): DenseHead =>
  kind === "linear" ? linearHead({ width, outputs }) : convHead({ width, outputs });

/** What `headStep` asks for: a loss; predictions are the probe's `map`. */
export const lossOnlyEvaluator = (init: DenseEvaluator["init"], loss: DenseEvaluator["loss"]): DenseEvaluator => ({
  init,
  loss,
  predict: () => ({}),
});
