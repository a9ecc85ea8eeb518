import {
  negatedFeedback,
  adaptiveBatchFeedback,
  combineFeedback,
  VptError,
  type Designer,
  type Feedback,
  type AdaptiveBatchFeedbackOptions,
  type CombineFeedbackOptions,
  type TrainStepOptions,
  type ValueStepOptions,
} from "@vpt/core";
import type { LanguageView } from "../causal-learner.js";
import { fixedTargetDesigner } from "../designers/fixed-target.js";
import { nextTokenDesigner } from "../designers/next-token.js";
import { oracleDesigner } from "../designers/oracle.js";
import { tangentDesigner } from "../designers/tangent.js";
import { tiltDesigner, type TiltOptions } from "../designers/tilt.js";
import { topKDesigner, type TopKOptions } from "../designers/top-k.js";
import type { Example, LanguageBatch } from "../language-batch.js";
import { lmFeedback, type LmFeedbackOptions } from "../lm-feedback.js";
import type { DecoderConfig } from "../model/index.js";
import { randomDirection, rawDirection } from "./direction-controls.js";
import { shuffleLabels } from "./shuffle-labels.js";

/** The methods by name; all can take the same start, batches and order. */
export const languageMethodNames = [
  "baseline",
  "value",
  "anchored",
  "tilt",
  "tangent",
  "random-direction",
  "raw-direction",
  "shuffled-labels",
  "uniform",
  "self-distillation",
  "oracle",
  "sign-flipped",
  "sft",
  "constant-bias",
] as const;
/** One of {@link languageMethodNames}. */
export type LanguageMethod = (typeof languageMethodNames)[number];

/** Methods whose target is in closed form or learned in closed form. */
type ClosedForm = "anchored" | "tilt" | "tangent";

/** What the methods share. */
export interface LanguageMethodOptions {
  readonly config: DecoderConfig;
  /** Several are domains: the batches are then as many micro-batches, see {@link ValueStepOptions.feedback}. */
  readonly feedback: LmFeedbackOptions | readonly LmFeedbackOptions[];
  /** Makes a feedback of labeled rows, as `namedFeedback` gives it. Default {@link lmFeedback}. */
  readonly makeFeedback?: (config: DecoderConfig, options: LmFeedbackOptions) => Feedback;
  /**
   * Of several feedbacks: not domains but objectives, `g_down = Σ_j ω_j g_j/‖g_j‖`, see {@link combineFeedback}. They
   * are named by their place.
   */
  readonly mix?: CombineFeedbackOptions & { readonly weights: readonly number[] };
  /** Feedback batches grow while their halves disagree, see {@link adaptiveBatchFeedback}. */
  readonly grow?: AdaptiveBatchFeedbackOptions;
  /** Everything of the value but the feedback, which the method chooses. */
  readonly value: Omit<ValueStepOptions, "feedback">;
  readonly designer?: Omit<TopKOptions, "embeddingSize">;
  readonly tilt?: TiltOptions;
  /** The method that the controls of the direction and of the labels change. @default "value" */
  readonly controlsOf?: "value" | ClosedForm;
  /** α of the methods with a fixed target. */
  readonly fixedGate?: number;
  /** Of the shuffled labels. */
  readonly seed: number;
}

/** A method as options of `trainStep`, and where its rows come from. */
export interface LanguageMethodParts extends Pick<
  TrainStepOptions<LanguageBatch, LanguageView>,
  "designer" | "value" | "startDesigningAt"
> {
  /** The labeled rows, of all domains, to train on instead of the stream: supervised fine-tuning, the ceiling. */
  readonly trainOn?: readonly Example[];
}

/**
 * A method of the ablation by its name: the paper's designer (`value`), ordinary pretraining (`baseline`), the targets
 * in closed form (`anchored`, `tilt`, `oracle`) and the designer that learns in closed form (`tangent`); the controls
 * of `controlsOf` that change the direction, each with the effect of the value's (`random-direction`, one direction for
 * the whole run; `raw-direction`, without preconditioning; `sign-flipped`) or the labels (`shuffled-labels`); those
 * that change the target (`uniform`, `self-distillation`); `sft`, which trains on the labels and is named as what it
 * is; and `constant-bias`, which trains as `baseline` does: its evaluation adds one vector to the logits of every
 * position, fitted on the feedback rows by `fitLogitBias`. What it gains is style, not reading.
 *
 * @throws {VptError} When there is no feedback or it has no examples, or the name is none of
 *   {@link languageMethodNames}.
 * @example
 * ```ts
 * import { vPretrain } from "@vpt/core";
 * import { languageMethod } from "@vpt/lang";
 * const { trainOn, ...parts } = languageMethod("random-direction", { config, feedback: { examples }, value, seed: 0 });
 * await vPretrain({ state, batches, steps: 100, learner, optimizer, learningRate, ...parts });
 * ```
 * @see arXiv 2601.22108v1, table 4; `shuffled-labels`, `sign-flipped`, `oracle` and `tilt` are ours.
 * @category methods
 */
export function languageMethod(method: LanguageMethod, options: LanguageMethodOptions): LanguageMethodParts {
  const { config, value, fixedGate = 0.5, seed, mix } = options;
  const given = "examples" in options.feedback ? [options.feedback] : options.feedback;
  const shape = { ...options.designer };
  const few = {
    candidates: shape.candidates ?? 32,
    ...(shape.vocabularySize !== undefined && { vocabularySize: shape.vocabularySize }),
  };
  if (given.length === 0) throw new VptError(`method "${method}": no feedback; give the rows of at least one domain`);
  if (mix && mix.weights.length !== given.length)
    throw new VptError(
      `method "${method}": ${mix.weights.length} weights for ${given.length} feedbacks; expected one each`,
    );
  const rowsOf = given.map(({ examples }) => examples);
  const labelled = (rows = rowsOf): Feedback[] => labelledFeedback(options, given, rows);
  const valued = (
    designer: Designer<LanguageBatch, LanguageView>,
    feedback: readonly Feedback[],
  ): LanguageMethodParts => ({
    designer,
    value: { ...value, feedback: feedback.length === 1 ? feedback[0]! : feedback },
  });
  const designers = designersOf(config.hiddenSize, shape, { ...few, ...options.tilt });
  const controlled = (feedback = labelled()): LanguageMethodParts =>
    valued(designers[options.controlsOf ?? "value"](), feedback);
  const redirected = (replaceDirection: ValueStepOptions["replaceDirection"]): LanguageMethodParts => {
    const { value: own, ...parts } = controlled();
    return { ...parts, value: { ...own!, ...(replaceDirection && { replaceDirection }) } };
  };
  const on = { ...few, config, feedback: given[0]! };
  const fixed = (proposal: "learner" | "uniform"): LanguageMethodParts => ({
    designer: fixedTargetDesigner({ proposal, gate: fixedGate, ...few }),
    startDesigningAt: value.burnInSteps ?? 0,
  });
  const make: Record<LanguageMethod, () => LanguageMethodParts> = {
    baseline: () => ({ designer: nextTokenDesigner() }),
    value: () => valued(designers.value(), labelled()),
    anchored: () => valued(designers.anchored(), labelled()),
    tilt: () => valued(designers.tilt(), labelled()),
    tangent: () => valued(designers.tangent(), labelled()),
    "random-direction": () => redirected(randomDirection(seed, on)),
    "raw-direction": () => redirected(rawDirection(on)),
    "shuffled-labels": () => controlled(labelled(rowsOf.map((rows) => shuffleLabels(rows, seed)))),
    uniform: () => fixed("uniform"),
    "self-distillation": () => fixed("learner"),
    oracle: () => valued(oracleDesigner({ ...few, maxGate: shape.maxGate ?? 0.9 }), labelled()),
    "sign-flipped": () => controlled(labelled().map(negatedFeedback)),
    sft: () => ({ designer: nextTokenDesigner(), trainOn: rowsOf.length === 1 ? rowsOf[0]! : rowsOf.flat() }),
    "constant-bias": () => ({ designer: nextTokenDesigner() }),
  };
  if (!(method in make)) throw new VptError(`method "${method}": expected one of ${languageMethodNames.join(", ")}`);
  return make[method]();
}

/** The feedback of each domain, or the weighted sum of several objectives. */
function labelledFeedback(
  { config, makeFeedback = lmFeedback, grow, mix }: LanguageMethodOptions,
  given: readonly LmFeedbackOptions[],
  rows: readonly (readonly Example[])[],
): Feedback[] {
  const each = given.map((one, d) => {
    const feedback = makeFeedback(config, { ...one, examples: rows[d]! });
    return grow ? adaptiveBatchFeedback(feedback, grow) : feedback;
  });
  if (!mix) return each;
  const weighted = each.map((feedback, j) => ({ name: `feedback ${j}`, feedback, weight: mix.weights[j]! }));
  return [combineFeedback(weighted, mix)];
}

const designersOf = (
  embeddingSize: number,
  shape: Omit<TopKOptions, "embeddingSize">,
  tilt: TiltOptions,
): Record<"value" | ClosedForm, () => Designer<LanguageBatch, LanguageView>> => ({
  value: () => topKDesigner({ embeddingSize, ...shape }),
  anchored: () => tiltDesigner({ ...tilt, anchored: true }),
  tilt: () => tiltDesigner(tilt),
  tangent: () => tangentDesigner({ embeddingSize, ...tilt }),
});
