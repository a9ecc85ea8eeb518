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
  const { layers, width, heads, candidates, gate, gateMaximum, gateTarget, gateBudget, divergenceWeight, prior } =
    run.designer;
  return topKDesigner({
    embeddingSize: config.hiddenSize,
    vocabularySize,
    ...{ layers, width, heads, candidates, gate, gateMaximum, gateTarget, gateBudget, divergenceWeight, prior },
  });
}
