export { choiceScorer } from "./choice-scorer.js";
export type { ChoiceScorerOptions } from "./choice-scorer.js";
export type { ChoiceRequest } from "./continuation-rows.js";
export { textGenerator } from "./text-generator.js";
export type { TextGeneratorOptions } from "./text-generator.js";
