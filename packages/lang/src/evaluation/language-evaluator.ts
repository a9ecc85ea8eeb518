import type { Compile } from "@vpt/core";
import type { LanguageModel } from "../model/index.js";
import { choiceScorer } from "./choice-scorer.js";
import { digitScorer } from "./digit-scorer.js";
import { nllScorer, type NllWindow } from "./nll-scorer.js";
import { textGenerator } from "./text-generator.js";

/** A model as the benchmarks of `@vpt/eval/benchmarks` ask it. */
export interface LanguageEvaluator {
  readonly generator: ReturnType<typeof textGenerator>;
  readonly choiceScorer: ReturnType<typeof choiceScorer>;
  readonly digitScorer: ReturnType<typeof digitScorer>;
  nllScorer(options: {
    readonly appendEos: boolean;
    readonly windows: (tokens: number, context: number) => readonly NllWindow[];
  }): ReturnType<typeof nllScorer>;
}

/**
 * Makes a model answer every benchmark: with text, with log-likelihoods of choices, with the logits of digits, and
 * with the likelihood of texts.
 *
 * @example
 * ```ts
 * import { benchmarkRows } from "@vpt/data";
 * import { openMmlu } from "@vpt/eval/benchmarks";
 * import { languageEvaluator } from "@vpt/lang/evaluation";
 *
 * const mmlu = await openMmlu({ rows: benchmarkRows("cais/mmlu") });
 * const { record } = await mmlu.run(languageEvaluator(model, { batchSize: 8 }));
 * ```
 * @category scoring
 */
export const languageEvaluator = (
  model: LanguageModel,
  options: { readonly batchSize?: number; readonly compile?: Compile | undefined } = {},
): LanguageEvaluator => ({
  generator: textGenerator(model, options),
  choiceScorer: choiceScorer(model, options),
  digitScorer: digitScorer(model, options),
  nllScorer: ({ appendEos, windows }) =>
    nllScorer(model, { ...options, appendEos, windows: (tokens) => windows(tokens, model.config.maxPositions) }),
});
