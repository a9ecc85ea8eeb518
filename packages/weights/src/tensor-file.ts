import type { TensorFile } from "@vpt/contracts";
import { readCheckpoint } from "./read-checkpoint.js";
import { writeSafetensors } from "./safetensors/write-safetensors.js";

/** Checkpoints as safetensors. */
export const tensorFile: TensorFile = {
  extension: "safetensors",
  write: (path, tensors) => writeSafetensors(path, tensors),
  read: async (path) => {
    const file = await readCheckpoint(path);
    try {
      return { ...(await file.params()) };
    } finally {
      await file.close();
    }
  },
};
