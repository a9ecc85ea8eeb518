import * as tf from "@tensorflow/tfjs";
import { alignmentCosine } from "../value/alignment-value.js";
import { type AllReduce, type Params, randomFromState } from "@vpt/contracts";
import { assertSameStructure, globalNorm, mapParams, pick } from "@vpt/contracts/tensors";
import type { TrainState } from "./train-state.js";
import type { ValueStepOptions } from "./train-step.js";
import { feedbacksOf, joinDomains } from "../value/domains.js";

/** The state with its new average, and what is worth a line in the log. */
export interface FeedbackStepResult {
  readonly state: TrainState;
  /** `feedbackNorm` ‖g‖ and `feedbackCosine` cos(g, ḡ); empty when the gradient was not usable. */
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * Draws g_down and moves its average: `ḡ ← βḡ + (1−β)g`, or g itself at first and where cos(g, ḡ) is below `feedbackResetBelow`. With
 * `feedbackNormMomentum` γ, g is first divided by `n ← γn + (1−γ)‖g‖`. A gradient that is not finite or vanishes leaves the average alone
 * and is counted. Of several domains, g is the one long vector of all of theirs. With `allReduce` g is the mean over the processes.
 */
export async function feedbackStep(
  state: TrainState,
  options: ValueStepOptions,
  allReduce?: AllReduce,
): Promise<FeedbackStepResult> {
  const { subset, feedbackMomentum = 0.9, firstFeedbackBatches = 1 } = options;
  const feedbacks = feedbacksOf(options.feedback);
  const { feedbackResetBelow = -Infinity, feedbackNormMomentum } = options;
  const random = randomFromState(state.feedbackRandom);
  const first = Object.keys(state.feedbackAverage).length === 0;
  const drawEach = async (): Promise<Params> => {
    const drawn: Params[] = [];
    try {
      for (const feedback of feedbacks) drawn.push(await feedback.gradient(state.params, subset, random));
    } catch (error) {
      tf.dispose(drawn);
      throw error;
    }
    return joinDomains(drawn);
  };
  const own = await meanOf(first ? firstFeedbackBatches : 1, drawEach);
  let gradient = own;
  try {
    const wanted = pick(state.params, subset);
    assertSameStructure(joinDomains(feedbacks.map(() => wanted)), own, "feedback gradient");
    if (allReduce) gradient = allReduce(own, "feedback");
  } catch (error) {
    tf.dispose(own);
    throw error;
  }
  if (gradient !== own) tf.dispose(own);
  const { norm, cosine } = await geometry(gradient, state.feedbackAverage);
  const counts = { ...state.counts, meta: state.counts.meta + 1 };
  const drawn = { ...state, feedbackRandom: random.state() };
  if (!Number.isFinite(norm) || norm === 0) {
    tf.dispose(gradient);
    return { state: { ...drawn, counts: { ...counts, skippedMeta: counts.skippedMeta + 1 } }, metrics: {} };
  }
  const metrics = { feedbackNorm: norm, ...(!first && { feedbackCosine: cosine }) };
  const usual =
    feedbackNormMomentum === undefined
      ? undefined
      : first || state.feedbackNorm === undefined
        ? norm
        : feedbackNormMomentum * state.feedbackNorm + (1 - feedbackNormMomentum) * norm;
  const isFresh = first || feedbackMomentum === 0 || cosine < feedbackResetBelow;
  if (isFresh && usual === undefined) return { state: { ...drawn, counts, feedbackAverage: gradient }, metrics };
  const feedbackAverage = tf.tidy(() =>
    mapParams(gradient, (g, name) => {
      const scaled = usual === undefined ? g : g.div(usual);
      if (isFresh) return scaled;
      return state.feedbackAverage[name]!.mul(feedbackMomentum).add(scaled.mul(1 - feedbackMomentum));
    }),
  );
  tf.dispose(gradient);
  const feedbackNorm = usual === undefined ? {} : { feedbackNorm: usual };
  return { state: { ...drawn, counts, feedbackAverage, ...feedbackNorm }, metrics };
}

/** ‖g‖ and cos(g, ḡ), read at once; the cosine is 0 before there is an average. */
async function geometry(gradient: Params, average: Params): Promise<{ norm: number; cosine: number }> {
  const isFirst = Object.keys(average).length === 0;
  const pair = tf.tidy(() =>
    tf.stack([globalNorm(gradient), isFirst ? tf.scalar(0) : alignmentCosine(gradient, average)]),
  );
  const [norm = 0, cosine = 0] = await pair.data();
  pair.dispose();
  return { norm, cosine };
}

async function meanOf(count: number, draw: () => Promise<Params>): Promise<Params> {
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
