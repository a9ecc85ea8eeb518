import { stopGradient } from "@vpt/autodiff";
import * as tf from "@tensorflow/tfjs";
export { numbersOf } from "@vpt/contracts/testing";
import {
  type BatchSource,
  type Designer,
  type Feedback,
  type Learner,
  type Params,
  type Random,
  randomFromSeed,
  randomFromState,
} from "@vpt/contracts";
import { innerProduct, mapParams } from "@vpt/contracts/tensors";

// Axes: N rows, D inputs, H hidden, E outputs. A regression small enough to see through: targets are the task.

/** Inputs and the targets of ordinary pretraining; `hidden_NH` when it starts above `w1`. */
export type ToyBatch = { readonly x_ND: tf.Tensor2D; readonly y_NE: tf.Tensor2D; readonly hidden_NH?: tf.Tensor2D };
export type ToyView = { readonly prediction_NE: tf.Tensor2D };

const [rows, inputs, hidden, outputs] = [6, 3, 4, 2];

const normal = (shape: [number, number], random: Random, scale = 1): tf.Tensor2D =>
  tf.tensor2d(
    Float32Array.from({ length: shape[0] * shape[1] }, () => scale * random.normal()),
    shape,
  );

/** `w1 [D, H]` and `w2 [H, E]`. */
export function toyParams(seed = 0): Params {
  const random = randomFromSeed(seed, "toy params");
  return { w1: normal([inputs, hidden], random, 0.5), w2: normal([hidden, outputs], random, 0.5) };
}

export function toyBatch(random: Random = randomFromSeed(0, "toy batch")): ToyBatch {
  return { x_ND: normal([rows, inputs], random), y_NE: normal([rows, outputs], random) };
}

const matMul = (a: tf.Tensor, b: tf.Tensor | undefined): tf.Tensor2D => a.matMul(b!) as tf.Tensor2D;
const hiddenOf = ({ w1 }: Params, { x_ND }: ToyBatch): tf.Tensor2D => tf.tanh(matMul(x_ND, w1));

/** `tanh(x w1) w2`. */
export const toyPrediction = (params: Params, batch: ToyBatch): tf.Tensor2D =>
  tf.tidy(() => matMul(batch.hidden_NH ?? hiddenOf(params, batch), params["w2"]));

/** `L = ½ mean_n ‖tanh(x w1) w2 − target‖²`; starts above `w1` where only `w2` moves. */
export const toyLearner: Learner<ToyBatch, ToyView> = {
  loss: (params, batch, taskOf) =>
    tf.tidy(() => {
      const prediction_NE = toyPrediction(params, batch);
      const { target_NE } = taskOf(stopGradient({ prediction_NE }));
      return prediction_NE.sub(target_NE!).square().sum(1).mean().mul(0.5) as tf.Scalar;
    }),
  features: (params, batch) => ({ prediction_NE: toyPrediction(params, batch) }),
  cacheFrozenActivations: (params, batch, subset): ToyBatch =>
    subset.includes("w1") || batch.hidden_NH ? batch : { ...batch, hidden_NH: hiddenOf(params, batch) },
};

/** The same learner for a user who knows nothing of prefixes. */
export const plainToyLearner: Learner<ToyBatch, ToyView> = { loss: toyLearner.loss };

/** `target = y + x·shift + tanh(scale·prediction)`, with a quadratic price on the shift. */
export const toyDesigner = ({ price = 0.1 }: { readonly price?: number } = {}): Designer<ToyBatch, ToyView> => ({
  init: (seed) => {
    const random = randomFromSeed(seed, "toy designer");
    return { scale: tf.scalar(0.3 * random.normal()), shift: normal([inputs, outputs], random, 0.3) };
  },
  design: ({ scale, shift }, { x_ND, y_NE }, { prediction_NE }) => ({
    target_NE: y_NE.add(x_ND.matMul(shift as tf.Tensor2D)).add(tf.tanh(prediction_NE.mul(scale!))),
    shift: shift!.clone(),
  }),
  baselineTask: ({ y_NE }) => ({ target_NE: y_NE.clone() }),
  penalty: ({ shift }) => shift!.square().sum().mul(price) as tf.Scalar,
  metrics: ({ shift }) => (shift ? { shift: shift.abs().mean() as tf.Scalar } : {}),
});

/** The downstream task: `w2` after `tanh(x w1)` should give `x`'s first two columns. */
export const toyDownstream = (params: Params, x_ND: tf.Tensor2D): tf.Scalar =>
  toyLearner.loss(params, { x_ND, y_NE: x_ND.slice([0, 0], [-1, outputs]) }, () => ({
    target_NE: x_ND.slice([0, 0], [-1, outputs]),
  }));

/** Gradient of {@link toyDownstream} on rows drawn from `random`. */
export const toyFeedback: Feedback = {
  gradient: (params, subset, random) =>
    tf.tidy(() => {
      const { x_ND } = toyBatch(random);
      return gradientOf((moved) => toyDownstream({ ...params, ...moved }, x_ND), params, subset);
    }),
};

/** Another way down: {@link toyFeedback} turned round, entry by entry, and three times as long. */
export const otherToyFeedback: Feedback = {
  gradient: async (...args) => {
    const given = (await toyFeedback.gradient(...args)) as Params;
    const mixed = tf.tidy(() => mapParams(given, (g) => tf.reverse(g).mul(-3)));
    tf.dispose(given);
    return mixed;
  },
};

/** `∇f` over the named parameters. */
export function gradientOf(
  f: (params: Params) => tf.Scalar,
  params: Params,
  names: readonly string[] = Object.keys(params),
): Params {
  const named = (tensors: readonly tf.Tensor[]): Params =>
    Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
  return named(tf.grads((...tensors: tf.Tensor[]) => f(named(tensors)))(names.map((name) => params[name]!)));
}

/** `‖a − b‖ / ‖b‖` over all tensors. */
export const relativeError = (a: Params, b: Params): number =>
  tf.tidy(() => {
    const difference = Object.fromEntries(Object.entries(b).map(([name, tensor]) => [name, a[name]!.sub(tensor)]));
    return innerProduct(difference, difference).div(innerProduct(b, b)).sqrt().dataSync()[0]!;
  });

/** Endless toy batches, or `count` of them; its cursor is the state of its random stream. */
export function toySource({ seed = 0, count = Infinity } = {}): BatchSource<ToyBatch> {
  let [random, left] = [randomFromSeed(seed, "toy stream"), count];
  return {
    next: () => Promise.resolve(left-- > 0 ? toyBatch(random) : undefined),
    state: () => ({ random: random.state(), left }),
    restore: (state) => {
      const saved = state as { random: readonly number[]; left: number | null };
      random = randomFromState(saved.random);
      left = saved.left ?? Infinity;
    },
  };
}
