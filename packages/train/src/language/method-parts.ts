import {
  languageMethod,
  namedFeedback,
  type LanguageBatch,
  type LanguageMethod,
  type LanguageMethodParts,
  type LanguageModel,
  type LanguageView,
  type LmFeedbackOptions,
} from "@vpt/lang";
import { adamW, defined, type AdaptiveBatchFeedbackOptions, type CombineFeedbackOptions } from "@vpt/core";
import { sharedValueOptions } from "../config/shared-sections.js";
import type { ResolvedMethod } from "../workload.js";
import type { RunConfig } from "./config.js";

/** Called with the statistics of each feedback gradient. */
export interface FeedbackCallbacks {
  readonly onSignal?: AdaptiveBatchFeedbackOptions["onSignal"];
  readonly onGradients?: CombineFeedbackOptions["onGradients"];
}

/**
 * Computes what a method does with a run's configuration; everything else about the methods is the same. A method of
 * the user's own is `value` with its designer or its feedback in place of the built-in one.
 */
export function methodParts(
  { name, custom }: ResolvedMethod<LanguageBatch, LanguageView>,
  { config, tokenizer }: LanguageModel,
  {
    run,
    subset,
    feedback,
    callbacks,
  }: {
    readonly run: RunConfig;
    readonly subset: readonly string[];
    readonly feedback: readonly LmFeedbackOptions[];
    readonly callbacks: FeedbackCallbacks;
  },
): LanguageMethodParts & { readonly designerOptimizer: ReturnType<typeof adamW> } {
  const vocabularySize = Math.min(tokenizer.vocabularySize, config.vocabSize);
  const { learningRate, weightDecay, beta1, beta2, clipNorm, ...shape } = run.designer;
  const designerOptimizer = adamW({ weightDecay, beta1, beta2 });
  const { adaptiveBatch: grow, feedbackWeights: weights, feedbackUnitNorms: normalise } = run.value;
  const parts = languageMethod(custom ? "value" : (name as LanguageMethod), {
    config,
    feedback,
    makeFeedback: namedFeedback(run.value.feedback, tokenizer),
    seed: run.seed,
    fixedGate: run.designer.targetGate,
    ...(grow && { grow: { ...grow, ...defined({ onSignal: callbacks.onSignal }) } }),
    ...(weights && { mix: { weights, ...defined({ normalise, onGradients: callbacks.onGradients }) } }),
    designer: { ...defined(shape), vocabularySize },
    tilt: run.tilt,
    controlsOf: run.controlsOf,
    value: {
      ...valueOptions(run.value),
      subset,
      designerOptimizer,
      designerLearningRate: () => learningRate,
      designerClipNorm: clipNorm,
    },
  });
  return {
    ...parts,
    ...(custom?.designer && { designer: custom.designer }),
    ...(custom?.feedback && parts.value && { value: { ...parts.value, feedback: custom.feedback } }),
    designerOptimizer,
  };
}

/** What of the section `value` the step takes; batches and feedback take the rest. */
const valueOptions = (value: RunConfig["value"]) =>
  defined({
    ...sharedValueOptions(value),
    emaResetCosine: value.emaResetCosine,
    normalizeDirection: value.normalizeDirection,
    feedbackNormEmaDecay: value.feedbackNormEmaDecay,
  });
