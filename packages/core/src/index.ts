export { accumulateGradients } from "@vpt/contracts";
export { adamW } from "./optim/adam-w.js";
export type { AdamWOptions, AdamWState, Moments, Optimizer, UpdateScalars } from "./optim/adam-w.js";
export { alignmentCosine, alignmentValue } from "./value/alignment-value.js";
export type { AllReduce } from "@vpt/contracts";
export { compileOnce } from "@vpt/contracts";
export type { Compile } from "@vpt/contracts";
export type {
  Auxiliary,
  Designer,
  Features,
  Feedback,
  Learner,
  LearningSample,
  Lookahead,
  MicroBatches,
  Params,
  Task,
} from "@vpt/contracts";
export { gateCollapseDetector } from "./diagnostics/gate-collapse-detector.js";
export type { GateCollapseDetectorOptions } from "./diagnostics/gate-collapse-detector.js";
export { estimatorBias } from "./diagnostics/estimator-bias.js";
export type { EstimatorBias } from "./diagnostics/estimator-bias.js";
export { probeUpdates } from "./diagnostics/probe-updates.js";
export type { ProbeUpdates } from "./diagnostics/probe-updates.js";
export { probeLearningRates } from "./diagnostics/probe-learning-rates.js";
export type { ProbeLearningRatesInputs } from "./diagnostics/probe-learning-rates.js";
export { realizedDecrease } from "./diagnostics/realized-decrease.js";
export { taylorRemainderOrder } from "./diagnostics/taylor-remainder-order.js";
export { lossSpikeDetector } from "./diagnostics/loss-spike-detector.js";
export type { LossSpikeDetectorOptions } from "./diagnostics/loss-spike-detector.js";
export { stepBound } from "./diagnostics/step-bound.js";
export { createStepProbe } from "./diagnostics/step-probe.js";
export type { StepGradients, StepProbe, StepProbeInputs, StepProbeResult } from "./diagnostics/step-probe.js";
export type { StepBound, StepBoundInputs } from "./diagnostics/step-bound.js";
export { alignedSubsetGap } from "./diagnostics/aligned-subset-gap.js";
export type { AlignedSubsetGap } from "./diagnostics/aligned-subset-gap.js";
export { domainValue } from "./value/domain-value.js";
export type { ValueDomain } from "./value/domain-value.js";
export { defined, fromSteps, shuffle } from "@vpt/contracts";
export type { Defined } from "@vpt/contracts";
export { ShapeMismatchError, VptError } from "@vpt/contracts";
export { matchEffect } from "./feedback/match-effect.js";
export { callbackFeedback } from "./feedback/callback-feedback.js";
export type { CallbackFeedbackOptions, MissingFeedback } from "./feedback/callback-feedback.js";
export { negatedFeedback, randomFeedback } from "./feedback/control-feedback.js";
export { gradientAgreement, adaptiveBatchFeedback } from "./feedback/adaptive-batch-feedback.js";
export type { AdaptiveBatchFeedbackOptions } from "./feedback/adaptive-batch-feedback.js";
export { combineFeedback } from "./feedback/combine-feedback.js";
export type { CombineFeedbackOptions, WeightedFeedback } from "./feedback/combine-feedback.js";
export { clipByGlobalNorm, cloneParams, globalNorm, innerProduct, mapParams, pick } from "@vpt/contracts/tensors";
export { pearson, probe } from "./diagnostics/probe.js";
export type { ProbeInputs, ProbeResult } from "./diagnostics/probe.js";
export { randomFromSeed, randomFromState } from "@vpt/contracts";
export type { Random } from "@vpt/contracts";
export { warmupCosine } from "./optim/schedule.js";
export type { WarmupCosineOptions } from "./optim/schedule.js";
export { uploadToBackend } from "@vpt/contracts/tensors";
export { createTrainState, disposeUnreferenced, packTrainState, unpackTrainState } from "./step/train-state.js";
export type { PackedTrainState, TrainState, TrainStateOptions } from "./step/train-state.js";
export type { AuxiliaryPatch, AuxiliaryUpdate, StepOutcome } from "./step/auxiliary-update.js";
export { isMetaStep, valueDefaults } from "./step/meta-schedule.js";
export type { MetaSchedule } from "./step/meta-schedule.js";
export { disposeStep } from "./step/compiled-functions.js";
export { trainStep } from "./step/train-step.js";
export type { StepMetrics, ReplacedDirection, TrainStepOptions, ValueStepOptions } from "./step/train-step-options.js";
export { vPretrain } from "./step/pretrain-loop.js";
export type { BatchSource } from "@vpt/contracts";
export type { VPretrainOptions } from "./step/pretrain-loop.js";
export { valueGradient } from "./value/value-gradient.js";
export type { Derivative, ValueGradient, ValueInputs, ValueOptions } from "./value/value-gradient.js";
export { zipSources } from "@vpt/contracts";
