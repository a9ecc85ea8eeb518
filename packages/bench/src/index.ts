export { benchStep } from "./bench-step.js";
export type { BenchStep, BenchStepOptions } from "./bench-step.js";
export { shapes } from "./shapes.js";
export type { ShapeName } from "./shapes.js";
export { interleave, timing } from "./timing.js";
export type { Contest, Contestant, Timing } from "./timing.js";
