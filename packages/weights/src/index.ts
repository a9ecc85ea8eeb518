export type {
  Checkpoint,
  GgufTokenizer,
  ModelConfig,
  StoredTensor,
  TokenizerFiles,
  TokenizerSource,
} from "./checkpoint.js";
export { readCheckpoint } from "./read-checkpoint.js";
export { writeSafetensors } from "./safetensors/write-safetensors.js";
export type { WriteSafetensorsOptions } from "./safetensors/write-safetensors.js";
export { writeCheckpoint } from "./write-checkpoint.js";
export type { WriteCheckpointOptions } from "./write-checkpoint.js";
export { tensorFile } from "./tensor-file.js";
