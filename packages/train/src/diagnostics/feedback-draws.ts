import * as tf from "@tensorflow/tfjs";
import {
  innerProduct,
  pick,
  randomFromSeed,
  type Feedback,
  type StepGradients,
  type ValueStepOptions,
} from "@vpt/core";

/** Independent estimates of a step's value beside that by the gradient of all probe rows. */
export interface FeedbackDraws {
  /** `⟨g_down,S, g_pre,S⟩` with the gradient of all probe rows. */
  readonly exact: number;
  /** `⟨ĝ_down,S, g_pre,S⟩`, one a batch of the method's feedback. */
  readonly draws: readonly number[];
  /** The same, of batches drawn from the probe rows: the case of the lemma. */
  readonly sameRows?: readonly number[];
}

/** What is drawn. */
export interface FeedbackDrawsOptions extends Pick<ValueStepOptions, "feedback" | "subset"> {
  /** Draws from the probe rows themselves. */
  readonly probeRows?: Feedback | undefined;
  readonly count: number;
  readonly seed: number;
}

/**
 * Draws feedback batches independently of each other and of the step's batch, and takes the value of the step with
 * each. Several feedbacks are domains with a value of their own each: of those nothing is drawn.
 *
 * @see arXiv 2601.22108v1, lemma 3.3.
 */
export async function feedbackDraws(
  { state, pretraining, downstream }: StepGradients,
  { feedback, subset, probeRows, count, seed }: FeedbackDrawsOptions,
): Promise<FeedbackDraws | undefined> {
  const feedbacks = [feedback].flat();
  const [only] = feedbacks;
  if (feedbacks.length !== 1 || only === undefined) return undefined;
  const draw = async (from: Feedback, stream: string): Promise<number[]> => {
    const random = randomFromSeed(seed, stream);
    const values: number[] = [];
    for (let i = 0; i < count; i++) {
      const gradient = await from.gradient(state.params, subset, random, state.auxiliary);
      values.push(await numberOf(() => innerProduct(gradient, pretraining)));
      tf.dispose(gradient);
    }
    return values;
  };
  return {
    exact: await numberOf(() => innerProduct(pick(downstream, subset), pretraining)),
    draws: await draw(only, "feedback draws"),
    ...(probeRows && { sameRows: await draw(probeRows, "probe draws") }),
  };
}

async function numberOf(compute: () => tf.Scalar): Promise<number> {
  const scalar = tf.tidy(compute);
  const [number] = await scalar.data();
  scalar.dispose();
  return number!;
}
