export { defineVisionConfig, visionConfigSchema } from "./config.js";
export type { VisionConfig } from "./config.js";
export type {
  VisionConfigInput,
  FreshEncoderInput,
  ProjectionHeadInput,
  RenderedRoomsInput,
  ImagePairsInput,
  NyuInput,
  CropsInput,
  ImageLoaderInput,
  VisionLearnerInput,
  VisionValueInput,
  MaskDesignerInput,
  VisionTasksInput,
  EvaluatorHeadsInput,
  LinearProbeInput,
} from "./vision-config-input.js";
export { visionMethods } from "./vision-methods.js";
export type { VisionMethod } from "./vision-methods.js";
export { exportVisionRun } from "./export-run.js";
export type { ExportVisionRunOptions } from "./export-run.js";
export { loadEncoder } from "./load-encoder.js";
export { readNyuSplits } from "@vpt/vision/evaluation";
export { visionWorkload } from "./vision-workload.js";
export { describeVisionPlan, planVisionRun } from "../plan/plan-vision-run.js";
export { visionCost } from "../plan/vision-cost.js";
export { visionShapeOf } from "../plan/vision-shape.js";
