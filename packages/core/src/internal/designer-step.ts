import * as tf from "@tensorflow/tfjs";
import type { Params, Task } from "../contracts.js";
import { clipByGlobalNorm, mapParams } from "../params.js";
import type { TrainState } from "../train-state.js";
import type { TrainStepOptions, ValueStepOptions } from "../train-step.js";
import { valueGradient } from "../value-gradient.js";
import { allFinite, readScalars } from "./read-scalars.js";

interface Designed {
  readonly state: TrainState;
  readonly metrics: Readonly<Record<string, number>>;
  /** The learner's task, when the designer made it in closed form. Owned by the caller. */
  readonly task?: Task;
}

/** `φ ← φ + AdamW(∇_φ (V − penalty))`, or the closed-form task of a designer without parameters. */
export async function designerStep<Batch, View>(
  state: TrainState,
  batch: Batch,
  direction: Params,
  { learner, designer }: TrainStepOptions<Batch, View>,
  {
    align = "precond",
    tangent = "jvp",
    designerOptimizer,
    designerLearningRate,
    designerClipNorm = 1,
  }: ValueStepOptions,
): Promise<Designed> {
  const { params, designerParams } = state;
  const { value, gradient, cotangent, task } = valueGradient(
    { learner, designer, params, designerParams, batch, direction },
    { tangent, align: align === "cosine" ? "cosine" : "dot" },
  );
  try {
    if (designer.fromValue) {
      const closed = tf.tidy(() => mapParams(designer.fromValue!(cotangent, task, batch), (tensor) => tensor.clone()));
      return { state, metrics: await readScalars({ value }), task: closed };
    }
    const { norm, next } = tf.tidy(() => {
      const { clipped, norm } = clipByGlobalNorm(gradient, designerClipNorm);
      const descent = mapParams(clipped, (g) => g.neg()); // the optimizer descends, the designer climbs
      const rate = designerLearningRate(state.step);
      return { norm, next: designerOptimizer.update(designerParams, descent, state.designerOptimizer, rate) };
    });
    const metrics = await readScalars({ value, designerGradientNorm: norm });
    if (allFinite(metrics)) {
      return { state: { ...state, designerParams: next.params, designerOptimizer: next.state }, metrics };
    }
    tf.dispose(next);
    return { state: { ...state, counts: { ...state.counts, skippedMeta: state.counts.skippedMeta + 1 } }, metrics };
  } finally {
    tf.dispose([gradient, cotangent, task]);
  }
}
