import * as tf from "@tensorflow/tfjs";
import type { Params } from "./contracts.js";
import { mapParams } from "./params.js";

/** Moments of AdamW: plain tensors under the parameters' names, and how many updates they hold. */
export type AdamWState = {
  readonly count: number;
  readonly first: Params;
  readonly second: Params;
};

/** What AdamW needs to know; the defaults are the usual ones. */
export interface AdamWOptions {
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  /** Decoupled: `θ ← θ − lr·weightDecay·θ`. */
  readonly weightDecay?: number;
}

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
  /** `P·direction`, `P = 1/(√v̂ + ε)` frozen at this state: the direction the value takes when the learner steps with AdamW. */
  precondition(direction: Params, state: AdamWState): Params;
}

/**
 * AdamW (Loshchilov & Hutter 2019) as pure functions over named tensors:
 * `m ← β₁m + (1−β₁)g`, `v ← β₂v + (1−β₂)g²`, `θ ← θ − lr·(m̂/(√v̂+ε) + weightDecay·θ)`.
 *
 * @example
 * ```ts
 * const optimizer = adamW({ weightDecay: 0.01 });
 * let state = optimizer.init(params);
 * ({ params, state } = optimizer.update(params, gradients, state, 1e-4));
 * ```
 */
export function adamW({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 }: AdamWOptions = {}): Optimizer {
  const correctedRoot = (second: tf.Tensor, count: number): tf.Tensor =>
    second
      .div(1 - beta2 ** count)
      .sqrt()
      .add(epsilon);
  return {
    init: (params) => ({
      count: 0,
      first: mapParams(params, (tensor) => tf.zerosLike(tensor)),
      second: mapParams(params, (tensor) => tf.zerosLike(tensor)),
    }),
    update: (params, gradients, state, learningRate) =>
      tf.tidy(() => {
        const count = state.count + 1;
        const first = mapParams(state.first, (m, name) => m.mul(beta1).add(gradients[name]!.mul(1 - beta1)));
        const second = mapParams(state.second, (v, name) => v.mul(beta2).add(gradients[name]!.square().mul(1 - beta2)));
        const rate = learningRate / (1 - beta1 ** count);
        const next = mapParams(state.first, (_, name) => {
          const kept = weightDecay === 0 ? params[name]! : params[name]!.mul(1 - learningRate * weightDecay);
          return kept.sub(first[name]!.mul(rate).div(correctedRoot(second[name]!, count)));
        });
        return { params: next, state: { count, first, second } };
      }),
    precondition: (direction, state) =>
      tf.tidy(() =>
        mapParams(direction, (tensor, name) =>
          tensor.div(correctedRoot(state.second[name]!, Math.max(1, state.count))),
        ),
      ),
  };
}
