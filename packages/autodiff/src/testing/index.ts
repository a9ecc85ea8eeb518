export { installSafeGradients } from "./install-safe-gradients.js";
export { safeLogSoftmax } from "./safe-log-softmax.js";
export { safeLogSumExp } from "./safe-log-sum-exp.js";
