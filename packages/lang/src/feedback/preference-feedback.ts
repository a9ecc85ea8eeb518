import { VptError, type Feedback, type Params } from "@vpt/core";
import { exampleNll } from "../example-nll.js";
import { countedTokens, type Example } from "../language-batch.js";
import type { DecoderConfig } from "../model/index.js";
import { checkExamples } from "./check-examples.js";
import { sampleRows } from "./sample-rows.js";
import { signedNllGradient, type SignedNllOptions } from "./signed-nll-gradient.js";

/** Two answers to one prompt, of which one was preferred. */
export interface Preference {
  readonly chosen: Example;
  readonly rejected: Example;
}

/** Pairs, and how strongly they pull. */
export interface PreferenceFeedbackOptions extends SignedNllOptions {
  readonly pairs: readonly Preference[];
  /** Pairs a gradient. Default 8. */
  readonly batchSize?: number;
  /** β: how far from the reference a preference may pull. Default 0.1. */
  readonly beta?: number;
  /** π_ref. Left out: the learner as it is now, for which every margin is 0 and no second model is needed. */
  readonly reference?: Params;
  /** ε: share of the pairs that may be the wrong way round, below 0.5. Default 0. */
  readonly labelSmoothing?: number;
  /** Divide each answer's log-probability by its tokens, so that length alone is no preference. Default false. */
  readonly perToken?: boolean;
  /**
   * δ, in nats: a pair that is this far apart pulls no more. The loss is then the hinge `β·max(0, δ − gap)`, with gap
   * the log-probability of the preferred answer less that of the other one (a token, with `perToken`), relative to
   * `reference` where there is one. Without it nothing bounds how far apart pairs are driven. Not with labelSmoothing.
   */
  readonly margin?: number;
}

/**
 * Feedback from preferences (Bradley–Terry, as in DPO): `L = −(1−ε) log σ(m) − ε log σ(−m)` with
 * `m = β[(log π(y_w) − log π_ref(y_w)) − (log π(y_l) − log π_ref(y_l))]`; so `∇L = Σ c·∇NLL` with
 * `c_w = β[(1−ε)σ(−m) − εσ(m)]` and `c_l = −c_w`, the mean over a batch of pairs. With `margin` it is a hinge, whose
 * `c_w` is β below the margin and 0 from there on.
 *
 * @throws {VptError} When there are no pairs, an answer has no counted token, or a number is out of range.
 * @example
 * ```ts
 * import { preferenceFeedback } from "@vpt/lang";
 * const feedback = preferenceFeedback(config, { pairs, batchSize: 4, beta: 0.1 });
 * ```
 * @see arXiv 2305.18290 (DPO), equation 7; label smoothing as in its public code. With the current model as reference:
 *   method 9.
 * @category feedback
 */
export function preferenceFeedback(
  config: DecoderConfig,
  {
    pairs,
    batchSize = 8,
    beta = 0.1,
    reference,
    labelSmoothing = 0,
    perToken = false,
    margin: most,
    ...options
  }: PreferenceFeedbackOptions,
): Feedback {
  if (pairs.length === 0) throw new VptError("preferenceFeedback: no pairs; give at least one");
  pairs.forEach(({ chosen, rejected }, i) => {
    if (countedTokens(chosen) > 0 && countedTokens(rejected) > 0) return;
    throw new VptError(`preferenceFeedback: pair ${i} has an answer without a counted token; leave it out`);
  });
  checkExamples(
    "preferenceFeedback",
    pairs.flatMap(({ chosen, rejected }) => [chosen, rejected]),
    config.vocabSize,
  );
  if (!(beta > 0)) throw new VptError(`preferenceFeedback: beta ${beta}; expected a positive number`);
  if (!(labelSmoothing >= 0 && labelSmoothing < 0.5)) {
    throw new VptError(`preferenceFeedback: labelSmoothing ${labelSmoothing}; expected a number in [0, 0.5)`);
  }
  if (most !== undefined && (!Number.isFinite(most) || labelSmoothing > 0))
    throw new VptError(
      `preferenceFeedback: margin ${most} with labelSmoothing ${labelSmoothing}; expected a number, without ` +
        "labelSmoothing",
    );
  const logProbs = async (params: Params, rows: readonly Example[]): Promise<number[]> => {
    const { compile, from } = options;
    const scored = await exampleNll(config, params, rows, { compile, ...(from !== undefined && { from }) });
    return scored.rows.map(({ nll, tokens }) => (perToken ? -nll / tokens : -nll));
  };
  return {
    async gradient(params, subset, random) {
      const drawn = sampleRows(pairs, batchSize, random);
      const rows = drawn.flatMap(({ chosen, rejected }) => [chosen, rejected]);
      const now = reference || most !== undefined ? await logProbs(params, rows) : [];
      const then = reference ? await logProbs(reference, rows) : [];
      const gain = (i: number): number => (now[i] ?? 0) - (then[i] ?? 0);
      const pullOf = (gap: number): number => {
        if (most !== undefined) return gap < most ? beta : 0;
        return beta * ((1 - labelSmoothing) * sigmoid(-beta * gap) - labelSmoothing * sigmoid(beta * gap));
      };
      const signed = drawn.flatMap(({ chosen, rejected }, i) => {
        const pull = pullOf(gain(2 * i) - gain(2 * i + 1)) / drawn.length;
        const scale = (example: Example): number => (perToken ? pull / countedTokens(example) : pull);
        return [
          { example: chosen, coefficient: scale(chosen) },
          { example: rejected, coefficient: -scale(rejected) },
        ];
      });
      return signedNllGradient(config, params, subset, signed, options);
    },
  };
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
