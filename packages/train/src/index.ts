export { backendName } from "./backend-name.js";
export { compile } from "./compile.js";
export { configKeys, describeKeys } from "./config/describe-keys.js";
export type { ConfigKey } from "./config/describe-keys.js";
export { applyOverrides, loadConfigFile, parseConfig } from "./config/load-config.js";
export { nearestName } from "./config/nearest-name.js";
export type { PresetSetting, PresetUse } from "./config/preset-use.js";
export { customMethodSchema, methodsSchema, sharedConfigSchema, sharedConfigShape } from "./config/shared-config.js";
export type { BackendInput, EvaluateInput, SharedConfigInput, SharedValueInput } from "./config/shared-config-input.js";
export type { SharedConfig } from "./config/shared-config.js";
export { methodFolder } from "./method-folder.js";
export { findCheckpoint, readCheckpointParams } from "./find-checkpoint.js";
export type { CheckpointOptions, FoundCheckpoint } from "./find-checkpoint.js";
export type { ExportedRun, ExportRunOptions } from "./exported-run.js";
export { short } from "./plan/short.js";
export type { FeedbackDraws } from "./diagnostics/feedback-draws.js";
export type {
  EstimatorDiagnostic,
  ProbeDiagnostics,
  RemainderDiagnostic,
  StepBoundDiagnostic,
  StepTakenDiagnostic,
} from "./diagnostics/probe-diagnostics.js";
export type { SubsetGap } from "./diagnostics/step-diagnostics.js";
export { probeRun, readRunConfig, readSavedConfig } from "./probe-run.js";
export type { ProbedMethod, ProbeRunOptions } from "./probe-run.js";
export { createProgress, remaining, showTimeLeft } from "./progress.js";
export type { Progress } from "./progress.js";
export type { CheckpointEvent, EvaluateEvent, MethodInfo, RunCallback, RunInfo, StepEvent } from "./run-callback.js";
export { runExperiment } from "./run-experiment.js";
export type { RunOptions } from "./run-experiment.js";
export { RunStopped } from "./run-stopped.js";
export { describeScores } from "./run-summary.js";
export type { Artifact, EqualStepScores, MethodSummary, Metric, RunSummary, Sample, Scores } from "./run-summary.js";
export { trainMethod } from "./train-method.js";
export type { TrainMethodOptions } from "./train-method.js";
export { metricsLog } from "./callbacks/metrics-log.js";
export { timingsLog } from "./callbacks/timings-log.js";
export { progressLine } from "./callbacks/progress-line.js";
export { stageProgress } from "./stage-progress.js";
export { stopSignal } from "./stop-signal.js";
export { resolveMethod, methodName } from "./workload.js";
export type {
  CustomMethod,
  MethodPlan,
  MethodStart,
  MethodSpec,
  OpenWorkload,
  ProbePlan,
  ResolvedMethod,
  RunContext,
  SkippedRow,
  Workload,
} from "./workload.js";
