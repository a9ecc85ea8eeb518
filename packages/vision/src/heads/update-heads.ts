import * as tf from "@tensorflow/tfjs";
import type { Compile, Optimizer, Random } from "@vpt/core";
import { collateDense, draw, type DenseSample } from "./dense-batch.js";
import type { DenseEvaluator } from "./dense-evaluator.js";
import { headStep, type HeadState } from "./head-step.js";

/** The labelled pool that evaluator heads train on, and how. */
export interface HeadTraining {
  readonly evaluator: DenseEvaluator;
  readonly optimizer: Optimizer;
  readonly learningRate: number;
  /** The head-train pool: not the pool of the feedback. */
  readonly samples: readonly DenseSample[];
  readonly batchSize?: number;
  /** Updates before each meta step. */
  readonly updates?: number;
  /** Updates before the first: an untrained head's feedback is noise. */
  readonly firstUpdates?: number;
}

/**
 * A few updates of the heads on a frozen backbone: `firstUpdates` of fresh heads, `updates` later.
 *
 * @param features Patch features of images, off every tape.
 * @returns The next heads, owned by the caller; the given ones are left alone.
 * @category heads
 */
export function updateHeads(
  heads: HeadState,
  { evaluator, optimizer, learningRate, samples, batchSize = 16, updates = 2, firstUpdates = 20 }: HeadTraining,
  features: (images_BHWC: tf.Tensor4D) => tf.Tensor4D,
  random: Random,
  compile?: Compile,
): HeadState {
  let current = heads;
  for (let i = heads.optimizer.count === 0 ? firstUpdates : updates; i > 0; i--) {
    const previous = current;
    current = tf.tidy(() => {
      const { images_BHWC, ...maps } = collateDense(draw(samples, batchSize, random));
      const batch = { features_BHWD: features(images_BHWC), ...maps };
      return headStep(evaluator, optimizer, previous, batch, learningRate, compile).state as HeadState &
        tf.TensorContainer;
    });
    if (previous !== heads) tf.dispose([previous.params, previous.optimizer.first, previous.optimizer.second]);
  }
  return current;
}
