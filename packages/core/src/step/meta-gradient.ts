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
 * Draws g_down and moves its average: `ḡ ← βḡ + (1−β)g`, or g itself at first and where cos(g, ḡ) is below `emaResetCosine`. With
 * `feedbackNormEmaDecay` γ, g is first divided by `n ← γn + (1−γ)‖g‖`. A gradient that is not finite or vanishes leaves the average alone
 * and is counted. Of several domains, g is the one long vector of all of theirs. With `allReduce` g is the mean over the processes.
 */
export async function feedbackStep(
  state: TrainState,
  options: ValueStepOptions,
  allReduce?: AllReduce,
): Promise<FeedbackStepResult> {
  const { subset, feedbackEmaDecay = 0.9, initialFeedbackBatches = 1 } = options;
  const feedbacks = feedbacksOf(options.feedback);
  const { emaResetCosine = -Infinity, feedbackNormEmaDecay } = options;
  const random = randomFromState(state.feedbackRandom);
  const first = Object.keys(state.feedbackEma).length === 0;
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
  const own = await meanOf(first ? initialFeedbackBatches : 1, drawEach);
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
  const { norm, cosine } = await geometry(gradient, state.feedbackEma);
  const counters = { ...state.counters, meta: state.counters.meta + 1 };
  const drawn = { ...state, feedbackRandom: random.state() };
  if (!Number.isFinite(norm) || norm === 0) {
    tf.dispose(gradient);
    return { state: { ...drawn, counters: { ...counters, skippedMeta: counters.skippedMeta + 1 } }, metrics: {} };
  }
  const metrics = { feedbackNorm: norm, ...(!first && { feedbackCosine: cosine }) };
  const usual =
    feedbackNormEmaDecay === undefined
      ? undefined
      : first || state.feedbackNormEma === undefined
        ? norm
        : feedbackNormEmaDecay * state.feedbackNormEma + (1 - feedbackNormEmaDecay) * norm;
  const isFresh = first || feedbackEmaDecay === 0 || cosine < emaResetCosine;
  if (isFresh && usual === undefined) return { state: { ...drawn, counters, feedbackEma: gradient }, metrics };
  const feedbackEma = tf.tidy(() =>
    mapParams(gradient, (g, name) => {
      const scaled = usual === undefined ? g : g.div(usual);
      if (isFresh) return scaled;
      return state.feedbackEma[name]!.mul(feedbackEmaDecay).add(scaled.mul(1 - feedbackEmaDecay));
    }),
  );
  tf.dispose(gradient);
  const feedbackNorm = usual === undefined ? {} : { feedbackNorm: usual };
  return { state: { ...drawn, counters, feedbackEma, ...feedbackNorm }, metrics };
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
