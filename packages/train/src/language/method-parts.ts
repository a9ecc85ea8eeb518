import {
  languageMethod,
  type LanguageMethod,
  type LanguageMethodParts,
  type LanguageModel,
  type LmFeedbackOptions,
} from "@vpt/lang";
import { adamW, defined, type AdaptiveBatchFeedbackOptions, type CombineFeedbackOptions } from "@vpt/core";
import type { RunConfig } from "./config.js";

/** Who is told what of the feedback that was drawn. */
export interface FeedbackCallbacks {
  readonly onSignal?: AdaptiveBatchFeedbackOptions["onSignal"];
  readonly onGradients?: CombineFeedbackOptions["onGradients"];
}

/** What an method does with a run's configuration; everything else about the methods is the same. */
export function methodParts(
  method: LanguageMethod,
  { config, tokenizer }: LanguageModel,
  {
    run,
    subset,
    feedback,
    tell,
  }: {
    readonly run: RunConfig;
    readonly subset: readonly string[];
    readonly feedback: readonly LmFeedbackOptions[];
    readonly tell: FeedbackCallbacks;
  },
): LanguageMethodParts & { readonly designerOptimizer: ReturnType<typeof adamW> } {
  const vocabularySize = Math.min(tokenizer.vocabularySize, config.vocabSize);
  const { learningRate, weightDecay, beta1, beta2, clipNorm, ...shape } = run.designer;
  const designerOptimizer = adamW({ weightDecay, beta1, beta2 });
  const {
    feedbackBatchSize: _,
    alignedBlocks: __,
    metaTokens: ___,
    adaptiveBatch: grow,
    feedbackWeights: weights,
    feedbackUnitNorms: normalise,
    ...chosen
  } = run.value;
  const value = defined(chosen);
  const parts = languageMethod(method, {
    config,
    feedback,
    seed: run.seed,
    fixedGate: run.designer.targetGate,
    ...(grow && { grow: { ...grow, ...defined({ onSignal: tell.onSignal }) } }),
    ...(weights && { mix: { weights, ...defined({ normalise, onGradients: tell.onGradients }) } }),
    designer: { ...defined(shape), vocabularySize },
    tilt: run.tilt,
    value: {
      ...value,
      subset,
      designerOptimizer,
      designerLearningRate: () => learningRate,
      designerClipNorm: clipNorm,
    },
  });
  return { ...parts, designerOptimizer };
}
