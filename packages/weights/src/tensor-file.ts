import type { TensorFile } from "@vpt/contracts";
import { readCheckpoint, writeSafetensors } from "./index.js";

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
