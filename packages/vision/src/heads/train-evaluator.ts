import * as tf from "@tensorflow/tfjs";
import type { Compile, Optimizer, Random } from "@vpt/core";
import { collateDense, sampleImages, type DenseSample } from "./dense-batch.js";
import type { DenseEvaluator } from "./dense-evaluator.js";
import { headStep, type HeadState } from "./head-step.js";

/** The labelled pool that evaluator heads train on, and how. */
export interface EvaluatorTraining {
  readonly evaluator: DenseEvaluator;
  readonly optimizer: Optimizer;
  readonly learningRate: number;
  /** The head-train pool: not the pool of the feedback. */
  readonly samples: readonly DenseSample[];
  readonly batchSize?: number;
  /** Updates before each meta step. */
  readonly updatesPerMetaStep?: number;
  /** Updates before the first: an untrained head's feedback is noise. */
  readonly initialUpdates?: number;
  /**
   * The gradient of the heads counts once their average loss lies this fraction below that of the first update. Default
   * 0.05.
   */
  readonly minLossDrop?: number;
}

/** The average of losses: about the last ten updates. */
const keep = 0.9;

/**
 * A few updates of the heads on a frozen backbone: `initialUpdates` of fresh heads, `updatesPerMetaStep` later.
 *
 * @param features Patch features of images, off every tape.
 * @returns The next heads with their losses, owned by the caller; the given ones are left alone.
 * @category heads
 */
export async function trainEvaluator(
  heads: HeadState,
  {
    evaluator,
    optimizer,
    learningRate,
    samples,
    batchSize = 16,
    updatesPerMetaStep = 2,
    initialUpdates = 20,
  }: EvaluatorTraining,
  features: (images_BHWC: tf.Tensor4D) => tf.Tensor4D,
  random: Random,
  compile?: Compile,
): Promise<HeadState> {
  let current = heads;
  const seen: tf.Scalar[] = [];
  for (let i = heads.optimizer.count === 0 ? initialUpdates : updatesPerMetaStep; i > 0; i--) {
    const previous = current;
    const { state, loss } = tf.tidy(() => {
      const { images_BHWC, ...maps } = collateDense(sampleImages(samples, batchSize, random));
      const batch = { features_BHWD: features(images_BHWC), ...maps };
      return headStep(evaluator, optimizer, previous, batch, learningRate, compile) as {
        state: HeadState;
        loss: tf.Scalar;
      } & tf.TensorContainer;
    });
    current = state;
    seen.push(loss);
    if (previous !== heads) tf.dispose([previous.params, previous.optimizer.first, previous.optimizer.second]);
  }
  const numbers = await Promise.all(seen.map(async (loss) => (await loss.data())[0]!));
  tf.dispose(seen);
  const { first, recent } = heads.losses ?? { first: numbers[0]!, recent: numbers[0]! };
  return {
    ...current,
    losses: { first, recent: numbers.reduce((mean, loss) => keep * mean + (1 - keep) * loss, recent) },
  };
}

/** Whether the heads' loss has dropped far enough: the gradient of an untrained head is noise. */
export const evaluatorConverged = (
  { losses }: HeadState,
  { minLossDrop = 0.05 }: Pick<EvaluatorTraining, "minLossDrop">,
): boolean => losses === undefined || losses.recent < (1 - minLossDrop) * losses.first;
