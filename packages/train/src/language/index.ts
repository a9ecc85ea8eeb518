export { defineConfig } from "./config.js";
export type { RunConfig, RunConfigInput } from "./config.js";
export { buildMethod } from "./build-method.js";
export { openStreamingCorpus } from "./open-streaming-corpus.js";
export { loadExperiment } from "./load-experiment.js";
export type { LoadedExperiment } from "./load-experiment.js";
export { score } from "./score.js";
export type { TargetPosition, TargetSnapshot } from "./sample-targets.js";
export { selectTrainable } from "./select-trainable.js";
