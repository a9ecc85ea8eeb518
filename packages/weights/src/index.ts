export type {
  Checkpoint,
  GgufTokenizer,
  ModelConfig,
  StoredTensor,
  TokenizerFiles,
  TokenizerSource,
} from "./checkpoint.js";
export { cacheFolder } from "./models/cache-folder.js";
export { resolveDataset } from "./models/resolve-dataset.js";
export type { ResolveDatasetOptions } from "./models/resolve-dataset.js";
export { resolveModel } from "./models/resolve-model.js";
export type { ResolveModelOptions } from "./models/resolve-model.js";
export { readCheckpoint } from "./read-checkpoint.js";
export { writeSafetensors } from "./safetensors/write-safetensors.js";
export type { WriteSafetensorsOptions } from "./safetensors/write-safetensors.js";
export { writeCheckpoint } from "./write-checkpoint.js";
export type { WriteCheckpointOptions } from "./write-checkpoint.js";
