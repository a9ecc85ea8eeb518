import * as tf from "@tensorflow/tfjs";
import {
  compileOnce,
  type AdamWState,
  type Compile,
  type Moments,
  type Optimizer,
  type Params,
  type UpdateScalars,
} from "@vpt/core";
import { isRunningStatistic } from "./batch-norm.js";
import type { DenseBatch } from "./dense-batch.js";
import type { DenseEvaluator } from "./dense-evaluator.js";

/** Heads while they train: weights and running statistics, and the optimizer's moments of the weights. */
export type HeadState = {
  readonly params: Params;
  readonly optimizer: AdamWState;
  /** Set by `trainEvaluator`: the loss of the first update, and an average of the last ones. */
  readonly losses?: { readonly first: number; readonly recent: number };
};

/**
 * Returns heads before their first update.
 *
 * @returns New tensors, owned by the caller.
 * @category heads
 */
export function initHeads(evaluator: DenseEvaluator, optimizer: Optimizer, seed: number): HeadState {
  const params = evaluator.init(seed);
  const weights = Object.fromEntries(Object.entries(params).filter(([name]) => !isRunningStatistic(name)));
  return { params, optimizer: optimizer.init(weights) };
}

/**
 * Computes one AdamW update of the heads on features of a frozen backbone. A pure function.
 *
 * @param compile `compile` of `@vpt/backend`, to run the update as one graph.
 * @returns The next heads and the loss, owned by the caller.
 * @example
 * ```ts
 * import { adamW } from "@vpt/core";
 * import { collateDense, denseEvaluator, headStep, initHeads, vitFeatures } from "@vpt/vision";
 *
 * const evaluator = denseEvaluator(vit.config.hiddenSize, { segmentation: { classes: 150 } });
 * const { images_BHWC, ...maps } = collateDense([{ image, labels }]);
 * const features_BHWD = vitFeatures(vit.config, vit.params, images_BHWC).patches_BHWD;
 * const heads = initHeads(evaluator, adamW(), 0);
 * const { state, loss } = headStep(evaluator, adamW(), heads, { features_BHWD, ...maps }, 1e-3);
 * ```
 * @category heads
 */
export const headStep = (
  evaluator: DenseEvaluator,
  optimizer: Optimizer,
  { params, optimizer: before }: HeadState,
  batch: HeadBatch,
  learningRate: number,
  compile?: Compile,
): { readonly state: HeadState; readonly loss: tf.Scalar } =>
  tf.tidy(() => {
    const numbers = Object.entries(optimizer.updateScalars(before.count, learningRate));
    const scalars = Object.fromEntries(numbers.map(([name, value]) => [name, tf.scalar(value)]));
    const run = compileOnce(compile, updateOf(evaluator, optimizer));
    const { params: next, moments, loss } = run(params, { first: before.first, second: before.second }, scalars, batch);
    return { state: { params: next, optimizer: { count: before.count + 1, ...moments } }, loss };
  });

/** Frozen features and the maps to learn from. */
export type HeadBatch = Pick<DenseBatch, "labels_BHW" | "depth_BHW"> & { readonly features_BHWD: tf.Tensor4D };

type Update = (
  params: Params,
  moments: Moments,
  numbers: UpdateScalars,
  batch: HeadBatch,
) => { params: Params; moments: Moments; loss: tf.Scalar };
const updates = new WeakMap<DenseEvaluator, WeakMap<Optimizer, Update>>();

/** The update of a pair, made once, so that what was compiled is found again. */
function updateOf(evaluator: DenseEvaluator, optimizer: Optimizer): Update {
  const known = updates.get(evaluator) ?? new WeakMap<Optimizer, Update>();
  updates.set(evaluator, known);
  const update = known.get(optimizer) ?? makeUpdate(evaluator, optimizer);
  known.set(optimizer, update);
  return update;
}

const makeUpdate =
  (evaluator: DenseEvaluator, optimizer: Optimizer): Update =>
  (params, moments, numbers, { features_BHWD, ...maps }) =>
    tf.tidy(() => {
      const names = Object.keys(moments.first);
      let statistics: Params = {};
      const { value, grads } = tf.valueAndGrads((...tensors: tf.Tensor[]) => {
        const moving = Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
        const out = evaluator.loss({ ...params, ...moving }, features_BHWD, maps, { training: true });
        statistics = Object.fromEntries(
          Object.entries(out.statistics).map(([name, tensor]) => [name, tf.keep(tensor.clone())]),
        );
        return out.loss;
      })(names.map((name) => params[name]!));
      const gradients = Object.fromEntries(names.map((name, i) => [name, grads[i]!]));
      const next = optimizer.traceable.update(params, gradients, moments, numbers);
      const moved = Object.fromEntries(Object.entries(statistics).map(([name, tensor]) => [name, tensor.clone()]));
      tf.dispose(statistics);
      return { params: { ...next.params, ...moved }, moments: next.moments, loss: value as tf.Scalar };
    });
