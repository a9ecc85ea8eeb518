import type { TensorFile } from "@vpt/core/run";
import { readCheckpoint, writeSafetensors } from "@vpt/weights";

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
