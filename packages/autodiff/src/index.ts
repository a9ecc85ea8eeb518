export { jvp } from "./jvp.js";
export type { Jvp } from "./jvp.js";
export { hvp } from "./hvp.js";
export { stopGradient } from "./stop-gradient.js";
export { detached } from "./detached.js";
export { coveredKernels, registerTangent } from "./register-tangent.js";
export type { KernelCall, OutputTangent, TangentRule } from "./tangent-rule.js";
export type { TensorRecord, TensorTree } from "./tree.js";
export { UncoveredKernelError, UnsupportedNestingError } from "./errors.js";
