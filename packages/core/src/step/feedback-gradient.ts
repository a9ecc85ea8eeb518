import * as tf from "@tensorflow/tfjs";
import { type AllReduce, type Params, type Random, randomFromState } from "@vpt/contracts";
import { assertSameStructure, globalNorm, mapParams, pick } from "@vpt/contracts/tensors";
import { alignmentCosine } from "../value/alignment-value.js";
import { feedbacksOf, joinDomains } from "../value/domains.js";
import { valueDefaults } from "./meta-schedule.js";
import type { ValueStepOptions } from "./train-step-options.js";
import type { TrainState } from "./train-state.js";

/** The state with its new average, and numbers for the log. */
export interface FeedbackGradientResult {
  readonly state: TrainState;
  /**
   * `feedbackNorm` ‖g‖, `feedbackCosine` cos(g, ḡ) and `directionCosine` of ḡ with the ḡ before; empty when the
   * gradient was not usable.
   */
  readonly metrics: Readonly<Record<string, number>>;
  /** Cosine of the average with the one before; 1 where it did not move. */
  readonly directionCosine: number;
}

/**
 * Draws g_down and moves its average: `ḡ ← βḡ + (1−β)g`, or g itself at first and where cos(g, ḡ) is below
 * `emaResetCosine`. With `feedbackNormEmaDecay` γ, g is first divided by `n ← γn + (1−γ)‖g‖`. A gradient that is not
 * finite or vanishes leaves the average alone and is counted. Of several domains, g is the one long vector of all of
 * theirs. With `allReduce` g is the mean over the processes.
 */
export async function feedbackGradient(
  state: TrainState,
  options: ValueStepOptions,
  allReduce?: AllReduce,
): Promise<FeedbackGradientResult> {
  const { initialFeedbackBatches = valueDefaults.initialFeedbackBatches } = options;
  const random = randomFromState(state.random["feedback"]!);
  const isFirst = Object.keys(state.feedbackEma).length === 0;
  const own = await meanOf(isFirst ? initialFeedbackBatches : 1, () => drawOnce(state, options, random));
  const gradient = averaged(state, own, options, allReduce);
  const seen = await geometry(gradient, state.feedbackEma);
  const { norm, cosine } = seen;
  const counters = { ...state.counters, meta: state.counters.meta + 1 };
  const drawn = { ...state, random: { ...state.random, feedback: random.state() }, counters };
  if (!Number.isFinite(norm) || norm === 0) {
    tf.dispose(gradient);
    return {
      state: { ...drawn, counters: { ...counters, skippedMeta: counters.skippedMeta + 1 } },
      metrics: {},
      directionCosine: 1,
    };
  }
  const { directionCosine, ...averages } = nextEma(state, gradient, { ...seen, options });
  const metrics = { feedbackNorm: norm, ...(!isFirst && { feedbackCosine: cosine, directionCosine }) };
  return { state: { ...drawn, ...averages }, metrics, directionCosine };
}

/** The gradients of one feedback batch of each domain, in one record. */
async function drawOnce(state: TrainState, { feedback, subset }: ValueStepOptions, random: Random): Promise<Params> {
  const drawn: Params[] = [];
  try {
    for (const each of feedbacksOf(feedback))
      drawn.push(await each.gradient(state.params, subset, random, state.auxiliary));
  } catch (error) {
    tf.dispose(drawn);
    throw error;
  }
  return joinDomains(drawn);
}

/** Checks names and shapes and takes the mean over the processes; frees `own` unless it is the result. */
function averaged(
  { params }: TrainState,
  own: Params,
  { feedback, subset }: ValueStepOptions,
  allReduce: AllReduce | undefined,
): Params {
  let gradient = own;
  try {
    const expected = pick(params, subset);
    assertSameStructure(joinDomains(feedbacksOf(feedback).map(() => expected)), own, "feedback gradient");
    if (allReduce) gradient = allReduce(own, "feedback");
  } catch (error) {
    tf.dispose(own);
    throw error;
  }
  if (gradient !== own) tf.dispose(own);
  return gradient;
}

/**
 * The averages after a usable gradient, which this takes over: the average itself, or freed. With the cosine of the
 * average and the one before.
 */
function nextEma(
  { feedbackEma: before, feedbackNormEma }: TrainState,
  gradient: Params,
  { norm, cosine, averageNorm, options }: Geometry & { readonly options: ValueStepOptions },
): Pick<TrainState, "feedbackEma" | "feedbackNormEma"> & { readonly directionCosine: number } {
  const { feedbackEmaDecay: decay = valueDefaults.feedbackEmaDecay, feedbackNormEmaDecay: normDecay } = options;
  const isFirst = Object.keys(before).length === 0;
  const isFresh = isFirst || decay === 0 || cosine < (options.emaResetCosine ?? -Infinity);
  if (isFresh && normDecay === undefined) return { feedbackEma: gradient, directionCosine: isFirst ? 1 : cosine };
  const normBefore = isFirst ? norm : (feedbackNormEma ?? norm);
  const usual = normDecay === undefined ? undefined : normDecay * normBefore + (1 - normDecay) * norm;
  const feedbackEma = tf.tidy(() =>
    mapParams(gradient, (g, name) => {
      const scaled = usual === undefined ? g : g.div(usual);
      return isFresh ? scaled : before[name]!.mul(decay).add(scaled.mul(1 - decay));
    }),
  );
  tf.dispose(gradient);
  // what g adds to βḡ lies partly along it, partly across
  const added = (1 - decay) * (norm / (usual ?? 1));
  const along = decay * averageNorm + added * cosine;
  const turned = along / Math.hypot(along, added * Math.sqrt(Math.max(0, 1 - cosine ** 2)));
  const directionCosine = isFirst ? 1 : isFresh ? cosine : turned;
  return { feedbackEma, directionCosine, ...(usual !== undefined && { feedbackNormEma: usual }) };
}

/** A gradient beside the average so far. */
interface Geometry {
  /** ‖g‖. */
  readonly norm: number;
  /** cos(g, ḡ); 0 before there is an average. */
  readonly cosine: number;
  /** ‖ḡ‖. */
  readonly averageNorm: number;
}

/** The geometry, read at once. */
async function geometry(gradient: Params, average: Params): Promise<Geometry> {
  const isFirst = Object.keys(average).length === 0;
  const numbers = tf.tidy(() => {
    const cosine = isFirst ? tf.scalar(0) : alignmentCosine(gradient, average);
    return tf.stack([globalNorm(gradient), cosine, globalNorm(average)]);
  });
  const [norm = 0, cosine = 0, averageNorm = 0] = await numbers.data();
  numbers.dispose();
  return { norm, cosine, averageNorm };
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
