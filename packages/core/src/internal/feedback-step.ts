import * as tf from "@tensorflow/tfjs";
import type { Params } from "../contracts.js";
import { assertSameStructure, globalNorm, mapParams, pick } from "../params.js";
import { randomFromState } from "../random.js";
import type { TrainState } from "../train-state.js";
import type { ValueStepOptions } from "../train-step.js";

/**
 * Draws g_down and moves its average: `ḡ ← βḡ + (1−β)g`, or g itself at first. A gradient that is not finite or vanishes leaves the
 * average alone and is counted.
 */
export async function feedbackStep(state: TrainState, options: ValueStepOptions): Promise<TrainState> {
  const { feedback, subset, feedbackMomentum = 0.9, firstFeedbackBatches = 1 } = options;
  const random = randomFromState(state.feedbackRandom);
  const first = Object.keys(state.feedbackAverage).length === 0;
  const gradient = await meanOf(first ? firstFeedbackBatches : 1, () =>
    feedback.gradient(state.params, subset, random),
  );
  try {
    assertSameStructure(pick(state.params, subset), gradient, "feedback gradient");
  } catch (error) {
    tf.dispose(gradient);
    throw error;
  }
  const norm = tf.tidy(() => globalNorm(gradient));
  const [size = 0] = await norm.data();
  norm.dispose();
  const counts = { ...state.counts, meta: state.counts.meta + 1 };
  const drawn = { ...state, feedbackRandom: random.state() };
  if (!Number.isFinite(size) || size === 0) {
    tf.dispose(gradient);
    return { ...drawn, counts: { ...counts, skippedMeta: counts.skippedMeta + 1 } };
  }
  if (first || feedbackMomentum === 0) return { ...drawn, counts, feedbackAverage: gradient };
  const feedbackAverage = tf.tidy(() =>
    mapParams(gradient, (g, name) =>
      state.feedbackAverage[name]!.mul(feedbackMomentum).add(g.mul(1 - feedbackMomentum)),
    ),
  );
  tf.dispose(gradient);
  return { ...drawn, counts, feedbackAverage };
}

async function meanOf(count: number, draw: () => Params | Promise<Params>): Promise<Params> {
  if (count === 1) return draw();
  const drawn: Params[] = [];
  try {
    for (let i = 0; i < count; i++) drawn.push(await draw());
    return tf.tidy(() =>
      mapParams(drawn[0]!, (_, name) => tf.addN(drawn.map((gradient) => gradient[name]!)).div(count)),
    );
  } finally {
    tf.dispose(drawn);
  }
}
