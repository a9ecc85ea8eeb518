// Shared interfaces and runners. The benchmarks are subpaths: @vpt/eval/gsm8k, /math, /omega, /mmlu, …

export { compareRecords } from "./internal/compare.js";
export type { Comparison } from "./internal/compare.js";
export { EvalInputError } from "./internal/errors.js";
export type { EvalInputDetails } from "./internal/errors.js";
export { evaluate } from "./internal/evaluate.js";
export type { Ask, EvaluationRecord, RunOptions } from "./internal/evaluate.js";
export { readRecordFile } from "./internal/record-file.js";
export type { ItemRecord, RecordFile, RecordHeader } from "./internal/record-file.js";
export { evaluateChoices, evaluateGeneration, scorePredictions } from "./internal/runners.js";
export type {
  ChoiceScorer,
  FeatureExtractor,
  GenerationRunOptions,
  Prediction,
  TextGenerator,
} from "./internal/runners.js";
export { cutAtStop } from "./internal/stop.js";
export { drawDemonstrations } from "./internal/task.js";
export type {
  ChoiceRequest,
  ChoiceTask,
  EvalTask,
  GenerateOptions,
  GenerationTask,
  ItemScore,
} from "./internal/task.js";
export type { Estimate } from "./statistics.js";
