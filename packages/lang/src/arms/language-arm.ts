import {
  flippedFeedback,
  growingFeedback,
  mixFeedback,
  randomFeedback,
  VptError,
  type Designer,
  type Feedback,
  type GrowingFeedbackOptions,
  type MixFeedbackOptions,
  type TrainStepOptions,
  type ValueStepOptions,
} from "@vpt/core";
import type { LanguageView } from "../causal-learner.js";
import { fixedTargetDesigner } from "../designers/fixed-target.js";
import { nextTokenDesigner } from "../designers/next-token.js";
import { oracleDesigner } from "../designers/oracle.js";
import { tiltDesigner, type TiltOptions } from "../designers/tilt.js";
import { topKDesigner, type TopKOptions } from "../designers/top-k.js";
import type { Example, LanguageBatch } from "../language-batch.js";
import { lmFeedback, type LmFeedbackOptions } from "../lm-feedback.js";
import type { DecoderConfig } from "../model/index.js";
import { shuffleLabels } from "./shuffle-labels.js";

/** The arms by name; all can take the same start, batches and order. */
export const languageArms = [
  "baseline",
  "value",
  "tilt",
  "random",
  "shuffled",
  "uniform",
  "self-distillation",
  "oracle",
  "sign-flipped",
  "sft",
] as const;
/** One of {@link languageArms}. */
export type LanguageArm = (typeof languageArms)[number];

/** What the arms share. */
export interface LanguageArmOptions {
  readonly config: DecoderConfig;
  /** Several are domains: the batches are then as many micro-batches, see {@link ValueStepOptions.feedback}. */
  readonly feedback: LmFeedbackOptions | readonly LmFeedbackOptions[];
  /** Of several feedbacks: not domains but objectives, `g_down = Σ_j ω_j g_j/‖g_j‖`, see {@link mixFeedback}. They are named by their place. */
  readonly mix?: MixFeedbackOptions & { readonly weights: readonly number[] };
  /** Feedback batches grow while their halves disagree, see {@link growingFeedback}. */
  readonly grow?: GrowingFeedbackOptions;
  /** Everything of the value but the feedback, which the arm chooses. */
  readonly value: Omit<ValueStepOptions, "feedback">;
  readonly designer?: Omit<TopKOptions, "embeddingSize">;
  readonly tilt?: TiltOptions;
  /** α of the arms with a fixed target. */
  readonly fixedGate?: number;
  /** Of the shuffled labels. */
  readonly seed: number;
}

/** An arm as options of `trainStep`, and where its rows come from. */
export interface LanguageArmParts extends Pick<
  TrainStepOptions<LanguageBatch, LanguageView>,
  "designer" | "value" | "designFromStep"
> {
  /** The labeled rows, of all domains, to train on instead of the stream: supervised fine-tuning, the ceiling. */
  readonly trainOn?: readonly Example[];
}

/**
 * An arm of the ablation by its name: the method (`value`), ordinary pretraining (`baseline`), the controls that change the direction
 * (`random`, `shuffled`, `sign-flipped`), those that change the target (`uniform`, `self-distillation`), the closed forms (`tilt`,
 * `oracle`), and `sft`, which trains on the labels and is named as what it is.
 *
 * @throws {VptError} When there is no feedback or it has no examples, or the name is none of {@link languageArms}.
 * @example
 * ```ts
 * const { trainOn, ...parts } = languageArm("random", { config, feedback: { examples }, value, seed: 0 });
 * await vPretrain({ state, batches, steps: 100, learner, optimizer, learningRate, ...parts });
 * ```
 * @see arXiv 2601.22108v1, table 4; `shuffled`, `sign-flipped`, `oracle` and `tilt` are ours.
 * @category arms
 */
export function languageArm(arm: LanguageArm, options: LanguageArmOptions): LanguageArmParts {
  const { config, value, fixedGate = 0.5, seed, grow, mix } = options;
  const given = "examples" in options.feedback ? [options.feedback] : options.feedback;
  const shape = { ...options.designer };
  const few = {
    candidates: shape.candidates ?? 32,
    ...(shape.vocabularySize !== undefined && { vocabularySize: shape.vocabularySize }),
  };
  if (given.length === 0) throw new VptError(`arm "${arm}": no feedback; give the rows of at least one domain`);
  if (mix && mix.weights.length !== given.length)
    throw new VptError(`arm "${arm}": ${mix.weights.length} weights for ${given.length} feedbacks; expected one each`);
  const rowsOf = given.map(({ examples }) => examples);
  const labelled = (rows = rowsOf): Feedback[] => {
    const each = given.map((one, d) => {
      const feedback = lmFeedback(config, { ...one, examples: rows[d]! });
      return grow ? growingFeedback(feedback, grow) : feedback;
    });
    return mix
      ? [
          mixFeedback(
            each.map((feedback, j) => ({ name: `feedback ${j}`, feedback, weight: mix.weights[j]! })),
            mix,
          ),
        ]
      : each;
  };
  const valued = (
    designer: Designer<LanguageBatch, LanguageView>,
    feedback: readonly Feedback[],
  ): LanguageArmParts => ({
    designer,
    value: { ...value, feedback: feedback.length === 1 ? feedback[0]! : feedback },
  });
  const topK = (): Designer<LanguageBatch, LanguageView> =>
    topKDesigner({ embeddingSize: config.hiddenSize, ...shape });
  const fixed = (proposal: "learner" | "uniform"): LanguageArmParts => ({
    designer: fixedTargetDesigner({ proposal, gate: fixedGate, ...few }),
    designFromStep: value.burnInSteps ?? 0,
  });
  const make: Record<LanguageArm, () => LanguageArmParts> = {
    baseline: () => ({ designer: nextTokenDesigner() }),
    value: () => valued(topK(), labelled()),
    tilt: () => valued(tiltDesigner({ ...few, ...options.tilt }), labelled()),
    random: () => valued(topK(), labelled().map(randomFeedback)),
    shuffled: () => valued(topK(), labelled(rowsOf.map((rows) => shuffleLabels(rows, seed)))),
    uniform: () => fixed("uniform"),
    "self-distillation": () => fixed("learner"),
    oracle: () => valued(oracleDesigner({ ...few, gateMaximum: shape.gateMaximum ?? 0.9 }), labelled()),
    "sign-flipped": () => valued(topK(), labelled().map(flippedFeedback)),
    sft: () => ({ designer: nextTokenDesigner(), trainOn: rowsOf.length === 1 ? rowsOf[0]! : rowsOf.flat() }),
  };
  if (!(arm in make)) throw new VptError(`arm "${arm}": expected one of ${languageArms.join(", ")}`);
  return make[arm]();
}
