export type { Checkpoint, ModelConfig, StoredTensor, TokenizerSource } from "./checkpoint.js";
export { cacheFolder } from "./models/cache-folder.js";
export { resolveModel } from "./models/resolve-model.js";
export type { ResolveModelOptions } from "./models/resolve-model.js";
export { readCheckpoint } from "./read-checkpoint.js";
