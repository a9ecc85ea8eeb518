import { detached } from "@vpt/autodiff";
import * as tf from "@tensorflow/tfjs";
import { alignmentCosine } from "../alignment-value.js";
import type { Params, Task } from "../contracts.js";
import { clipByGlobalNorm, innerProduct, mapParams, pick } from "../params.js";
import type { TrainState } from "../train-state.js";
import type { TrainStepOptions } from "../train-step.js";
import { holding } from "./holding.js";
import { allFinite, readScalars } from "./read-scalars.js";

interface Learned {
  /** Nothing when the loss or the gradient was not finite, or there was nothing to learn from. */
  readonly state?: TrainState;
  readonly metrics: Readonly<Record<string, number>>;
}

/** `θ ← AdamW(∇_θ L(θ; sg(task)))` with a global-norm clip; nothing moves when the loss or the gradient is not finite, or zero. */
export async function learnerStep<Batch, View>(
  state: TrainState,
  batch: Batch,
  taskOf: (view: View) => Task,
  direction: Params | undefined,
  { learner, designer, optimizer, learningRate, clipNorm = 1 }: TrainStepOptions<Batch, View>,
): Promise<Learned> {
  const rate = learningRate(state.step);
  const trained = pick(state.params, Object.keys(state.optimizer.first));
  const names = Object.keys(trained);

  const { loss, gradientNorm, next, watched } = holding((hold) => {
    let described: Readonly<Record<string, tf.Scalar>> = {};
    const lossOf = (...tensors: tf.Tensor[]): tf.Scalar => {
      const moving = Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
      return learner.loss({ ...state.params, ...moving }, batch, (view) =>
        detached(() => {
          const task = taskOf(view);
          described = hold(designer.describe?.(task, batch) ?? {});
          return task;
        }),
      );
    };
    const { value: loss, grads } = tf.valueAndGrads(lossOf)(Object.values(trained));
    const gradient = Object.fromEntries(names.map((name, i) => [name, grads[i]!]));
    const { clipped, norm: gradientNorm } = clipByGlobalNorm(gradient, clipNorm);
    const next = optimizer.update(trained, clipped, state.optimizer, rate);
    const decrease = (): tf.Scalar => {
      const moved = mapParams(state.feedbackAverage, (_, name) => trained[name]!.sub(next.params[name]!));
      return innerProduct(state.feedbackAverage, moved);
    };
    const watched: Record<string, tf.Scalar> = {
      ...mapParams(described, (scalar) => scalar.clone()),
      ...(direction && { cosine: alignmentCosine(direction, pick(gradient, Object.keys(direction))) }),
      // −⟨ḡ_down, Δθ⟩: what the step really taken should gain downstream, v2 eq. 35.
      ...(Object.keys(state.feedbackAverage).length > 0 && { predictedDecrease: decrease() }),
    };
    return { loss: loss as tf.Scalar, gradientNorm, next, watched };
  });

  const essential = await readScalars({ loss, gradientNorm });
  const metrics = { ...essential, learningRate: rate, ...(await readScalars(watched)) };
  if (!allFinite(essential) || essential["gradientNorm"] === 0) {
    tf.dispose(next);
    return { metrics };
  }
  const params = { ...state.params, ...next.params };
  return { metrics, state: { ...state, step: state.step + 1, params, optimizer: next.state } };
}
