export { accumulateGradients } from "./accumulate-gradients.js";
export { identityAllReduce } from "./all-reduce.js";
export type { AllReduce } from "./all-reduce.js";
export type { BatchSource } from "./batch-source.js";
export { compileOnce } from "./compile.js";
export type { Compile } from "./compile.js";
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
} from "./contracts.js";
export { defined } from "./defined.js";
export type { Defined } from "./defined.js";
export { ShapeMismatchError, VptError } from "./errors.js";
export { fromSteps } from "./from-steps.js";
export { nearestName } from "./nearest-name.js";
export { randomFromSeed, randomFromState } from "./random.js";
export type { Random } from "./random.js";
export { shuffle } from "./shuffle.js";
export type { TensorFile } from "./tensor-file.js";
export { zipSources } from "./zip-sources.js";
