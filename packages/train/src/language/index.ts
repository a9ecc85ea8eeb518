export { defineConfig, parseRunConfig, runConfigSchema } from "./config.js";
export type { RunConfig } from "./config.js";
export type {
  RunConfigInput,
  PresetConfigInput,
  LanguageDataInput,
  RecordsInput,
  RowSourceInput,
  SyntheticRowsInput,
  CorpusInput,
  CorpusPartInput,
  DomainInput,
  PromptInput,
  LanguageLearnerInput,
  LoraInput,
  LanguageValueInput,
  AdaptiveBatchInput,
  TargetDesignerInput,
  TiltInput,
  GateAlarmInput,
  LanguageEvaluationInput,
} from "./run-config-input.js";
export { languagePresets } from "./presets/language-presets.js";
export type { LanguagePresetName } from "./presets/language-preset-names.js";
export type { LanguagePreset } from "./presets/language-preset.js";
export { buildMethod } from "./build-method.js";
export type { BuiltMethod } from "./build-method.js";
export { openStreamingCorpus } from "./open-streaming-corpus.js";
export { languageWorkload } from "./language-workload.js";
export { loadExperiment } from "./load-experiment.js";
export type { LoadedExperiment } from "./load-experiment.js";
export { planMethod } from "./plan-method.js";
export { score } from "./score.js";
export type { TargetPosition, TargetSnapshot } from "./sample-targets.js";
export { selectTrainable } from "./select-trainable.js";
export { describePlan, planRun } from "../plan/plan-run.js";
export type { RunPlan } from "../plan/plan-run.js";
export { stepFlops } from "../plan/step-flops.js";
export type { StepFlops, StepWork } from "../plan/step-flops.js";
export { evaluateLanguageModel, evaluationSummary } from "./evaluate-language-model.js";
export type { EvaluateLanguageOptions, LanguageEvaluation } from "./evaluate-language-model.js";
export { loadTrainedModel } from "./load-trained-model.js";
export type { LoadTrainedOptions } from "./load-trained-model.js";
export { decontaminateFile, namedFiles } from "./decontaminate-file.js";
export type { DecontaminateFileOptions } from "./decontaminate-file.js";
export { exportLanguageRun } from "./export-run.js";
export type { ExportLanguageRunOptions } from "./export-run.js";
