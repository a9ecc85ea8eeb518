export { armNames, defineConfig } from "./config.js";
export type { Arm, RunConfig, RunConfigInput } from "./config.js";
export { openArm } from "./open-arm.js";
export { openCorpus } from "./open-corpus.js";
export { prepare } from "./prepare.js";
export type { Prepared } from "./prepare.js";
export { score } from "./score.js";
export type { ShownPosition, ShownTargets } from "./show-targets.js";
export { whatTrains } from "./what-trains.js";
