import * as tf from "@tensorflow/tfjs";
import type { Params } from "@vpt/contracts";
import { mapParams, pick } from "@vpt/contracts/tensors";

/** Moments of AdamW: plain tensors under the parameters' names, and how many updates they hold. */
export type AdamWState = {
  readonly count: number;
  readonly first: Params;
  readonly second: Params;
};

/** The tensors of an optimizer's state. */
export type Moments = Pick<AdamWState, "first" | "second">;

/** The numbers of one update, as scalars. */
export type UpdateScalars = Readonly<Record<string, tf.Scalar>>;

/** What AdamW needs to know; the defaults are the usual ones. */
export interface AdamWOptions {
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  /** Decoupled: `θ ← θ − lr·weightDecay·θ`. */
  readonly weightDecay?: number;
  /**
   * Which parameters decay. The default is that of DINO and of Hugging Face's Trainer: biases and tensors of one axis
   * (weights of norms, LayerScale) do not, since a decayed gain shrinks its layer's output without regularising it.
   * Embeddings and class, register and position tokens do, having two axes or more.
   */
  readonly decayed?: (name: string, tensorShape: readonly number[]) => boolean;
}

/** @see facebookresearch/dino `utils.py`, `get_params_groups`. */
const matricesDecay = (name: string, tensorShape: readonly number[]): boolean =>
  tensorShape.length >= 2 && !name.endsWith(".bias");

/** An optimizer as two pure functions and the diagonal it divides by. */
export interface Optimizer {
  /** Zero moments for `params`; new tensors, owned by the caller. */
  init(params: Params): AdamWState;
  /** One update; returns new parameters and a new state and leaves its arguments alone. */
  update(
    params: Params,
    gradients: Params,
    state: AdamWState,
    learningRate: number,
  ): { params: Params; state: AdamWState };
  /**
   * Computes `P·direction`, `P = 1/(√v̂ + κ·rms(√v̂) + ε)` frozen at this state, the r.m.s. over all tensors of
   * `direction`: the direction the value takes when the learner steps with AdamW. Without κ a parameter whose gradient
   * has been zero so far (LoRA's A while B is zero) is divided by ε alone, and its noise becomes the whole direction.
   *
   * @param damping κ; by default 0, the diagonal of the update itself.
   */
  precondition(direction: Params, state: AdamWState, damping?: number): Params;
  /** What changes from step to step, in float64: the numbers of the update that follows `count` others. */
  updateScalars(count: number, learningRate: number): Readonly<Record<string, number>>;
  /**
   * {@link Optimizer.update} and {@link Optimizer.precondition} with {@link Optimizer.updateScalars} as tensors: the
   * same code, compiled once, serves every step.
   */
  readonly traceable: {
    update(
      params: Params,
      gradients: Params,
      moments: Moments,
      numbers: UpdateScalars,
    ): { params: Params; moments: Moments };
    precondition(direction: Params, moments: Moments, numbers: UpdateScalars, damping?: number): Params;
  };
}

/**
 * AdamW (Loshchilov & Hutter 2019) as pure functions over named tensors:
 * `m ← β₁m + (1−β₁)g`, `v ← β₂v + (1−β₂)g²`, `θ ← θ − lr·(m̂/(√v̂+ε) + weightDecay·θ)`, with `lr·weightDecay < 1`;
 * the last term only of the parameters that {@link AdamWOptions.decayed} accepts.
 *
 * @example
 * ```ts
 * import { adamW } from "@vpt/core";
 *
 * const optimizer = adamW({ weightDecay: 0.01 });
 * const next = optimizer.update(params, gradients, optimizer.init(params), 1e-4); // { params, state }
 * ```
 */
export function adamW({
  beta1 = 0.9,
  beta2 = 0.999,
  epsilon = 1e-8,
  weightDecay = 0,
  decayed = matricesDecay,
}: AdamWOptions = {}): Optimizer {
  const root = (second: tf.Tensor, correction: tf.Scalar): tf.Tensor => second.div(correction).sqrt().add(epsilon);
  const numbers = (count: number, learningRate: number) =>
    updateNumbers({ beta1, beta2, weightDecay }, count, learningRate);
  // Nothing here is a product of the state alone: TensorFlow makes what needs no gradient (βm, say) at a step's start
  // and holds it to the end.
  const towards = (average: tf.Tensor, sample: tf.Tensor, beta: number): tf.Tensor =>
    average.add(sample.sub(average).mul(1 - beta));
  const traceable: Optimizer["traceable"] = {
    update: (params, gradients, moments, { rate, rateBeforeDecay, kept, correction }) =>
      tf.tidy(() => {
        const first = mapParams(moments.first, (m, name) => towards(m, gradients[name]!, beta1));
        const second = mapParams(moments.second, (v, name) => towards(v, gradients[name]!.square(), beta2));
        const next = mapParams(moments.first, (_, name) => {
          const tensor = params[name]!;
          const decays = weightDecay !== 0 && decayed(name, tensor.shape);
          // one tensor beside m and v, by this order
          const direction = first[name]!.div(root(second[name]!, correction!));
          const moved = tensor.sub(direction.mul(decays ? rateBeforeDecay! : rate!));
          return decays ? moved.mul(kept!) : moved;
        });
        return { params: next, moments: { first, second } };
      }),
    precondition: (direction, { second }, { correctionBefore }, damping = 0) =>
      tf.tidy(() => {
        const statistics = pick(second, Object.keys(direction), "precondition: second moment of");
        const floor = damping > 0 ? rootMean(statistics, correctionBefore!).mul(damping) : undefined;
        return mapParams(direction, (tensor, name) => {
          const divisor = root(statistics[name]!, correctionBefore!);
          return tensor.div(floor ? divisor.add(floor) : divisor);
        });
      }),
  };
  return {
    init: (params) => ({
      count: 0,
      first: mapParams(params, (tensor) => tf.zerosLike(tensor)),
      second: mapParams(params, (tensor) => tf.zerosLike(tensor)),
    }),
    update: (params, gradients, state, learningRate) =>
      tf.tidy(() => {
        const now = asScalars(numbers(state.count, learningRate));
        const { params: next, moments } = traceable.update(params, gradients, state, now);
        return { params: next, state: { count: state.count + 1, ...moments } };
      }),
    precondition: (direction, state, damping) =>
      tf.tidy(() => traceable.precondition(direction, state, asScalars(numbers(state.count, 0)), damping)),
    updateScalars: numbers,
    traceable,
  };
}

/** The numbers of the update that follows `count` others. */
function updateNumbers(
  { beta1, beta2, weightDecay }: Required<Pick<AdamWOptions, "beta1" | "beta2" | "weightDecay">>,
  count: number,
  learningRate: number,
) {
  const kept = 1 - learningRate * weightDecay;
  const rate = learningRate / (1 - beta1 ** (count + 1));
  return {
    rate,
    rateBeforeDecay: rate / kept,
    kept,
    correction: 1 - beta2 ** (count + 1),
    correctionBefore: 1 - beta2 ** Math.max(1, count),
  };
}

/** `rms(√v̂) = √(mean v̂)` over all tensors; in the order of names, since a checkpoint sorts. */
const rootMean = (second: Params, correction: tf.Scalar): tf.Tensor => {
  const tensors = Object.keys(second)
    .sort()
    .map((name) => second[name]!);
  const count = tensors.reduce((sum, { size }) => sum + size, 0);
  return tf
    .addN(tensors.map((tensor) => tensor.sum()))
    .div(Math.max(1, count))
    .div(correction)
    .sqrt();
};

/** Numbers as scalars, under the same names; owned by the caller. */
export const asScalars = (numbers: Readonly<Record<string, number>>): UpdateScalars =>
  Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, tf.scalar(value)]));
