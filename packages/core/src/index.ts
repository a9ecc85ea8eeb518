export type { Designer, Feedback, Learner, Params, Task } from "./contracts.js";
export { ShapeMismatchError, VptError } from "./errors.js";
export { randomFromSeed, randomFromState } from "./random.js";
export type { Random } from "./random.js";
