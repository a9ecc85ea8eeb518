// Shared interfaces and runners. The benchmarks are subpaths: @vpt/eval/gsm8k, /math, /omega, /mmlu, …

export { compareRecords } from "./runner/compare.js";
export type { Comparison } from "./runner/compare.js";
export { describeComparison } from "./runner/describe-comparison.js";
export { EvalInputError } from "./errors.js";
export type { EvalInputDetails } from "./errors.js";
export { evaluate } from "./runner/evaluate.js";
export type { Ask, EvaluationRecord, RunOptions } from "./runner/evaluate.js";
export { readRecordFile } from "./runner/record-file.js";
export type { ItemRecord, RecordFile, RecordHeader } from "./runner/record-file.js";
export { evaluateChoices, evaluateGeneration, scorePredictions } from "./runner/runners.js";
export type {
  ChoiceScorer,
  FeatureExtractor,
  GenerationRunOptions,
  Prediction,
  TextGenerator,
} from "./runner/runners.js";
export { cutAtStop } from "./language/answers/stop.js";
export { drawDemonstrations } from "./runner/task.js";
export type { ChoiceRequest, ChoiceTask, EvalTask, GenerateOptions, GenerationTask, ItemScore } from "./runner/task.js";
export type { Estimate } from "./statistics/statistics.js";
