import type { Designer } from "@vpt/core";
import {
  nextTokenDesigner,
  tiltDesigner,
  topKDesigner,
  type LanguageBatch,
  type LanguageModel,
  type LanguageView,
} from "@vpt/lang";
import type { Arm, RunConfig } from "../config/run-config.js";

/** The designer of an arm; everything else about the arms is the same. */
export function armDesigner(
  arm: Arm,
  { config, tokenizer }: LanguageModel,
  run: RunConfig,
): Designer<LanguageBatch, LanguageView> {
  const vocabularySize = Math.min(tokenizer.vocabularySize, config.vocabSize);
  if (arm === "baseline") return nextTokenDesigner();
  if (arm === "tilt") return tiltDesigner({ ...run.tilt, vocabularySize });
  const { learningRate: _1, weightDecay: _2, beta1: _3, beta2: _4, clipNorm: _5, ...shape } = run.designer;
  return topKDesigner({ embeddingSize: config.hiddenSize, vocabularySize, ...shape });
}
