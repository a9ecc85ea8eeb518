export { choiceScorer } from "./choice-scorer.js";
export type { ChoiceScorerOptions } from "./choice-scorer.js";
export type { ChoiceRequest } from "./continuation-rows.js";
export { languageEvaluator } from "./language-evaluator.js";
export type { LanguageEvaluator } from "./language-evaluator.js";
export { nllScorer } from "./nll-scorer.js";
export type { NllScorerOptions, NllWindow } from "./nll-scorer.js";
export { textGenerator } from "./text-generator.js";
export type { TextGeneratorOptions } from "./text-generator.js";
