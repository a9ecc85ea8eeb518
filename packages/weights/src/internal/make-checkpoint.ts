import * as tf from "@tensorflow/tfjs";
import { uploadToBackend } from "@vpt/contracts/tensors";
import { VptError, nearestName } from "@vpt/contracts";
import type { Checkpoint, StoredTensor } from "../checkpoint.js";

/** A tensor that a file offers under its Hugging Face name. */
export interface Entry {
  readonly shape: readonly number[];
  read(): Promise<StoredTensor>;
}

interface Parts extends Pick<Checkpoint, "path" | "config" | "metadata" | "tokenizer" | "close"> {
  readonly entries: ReadonlyMap<string, Entry>;
}

/** The part of a checkpoint that is the same for every format. */
export const makeCheckpoint = ({ entries, ...parts }: Parts): Checkpoint => {
  const names = [...entries.keys()].sort();
  const entry = (name: string): Entry => {
    const found = entries.get(name);
    if (found !== undefined) return found;
    const hint = nearestName(name, names);
    throw new VptError(
      `${parts.path}: has no tensor "${name}" among its ` +
        `${names.length}.${hint === undefined ? "" : ` Did you mean "${hint}"?`}`,
    );
  };
  return {
    ...parts,
    names: () => names,
    shape: (name) => entry(name).shape,
    tensor: async (name) => entry(name).read(),
    async params(wanted = names) {
      const chosen = wanted.map((name) => [name, entry(name)] as const); // a wrong name fails before anything is read
      const params = new Map<string, tf.Tensor>();
      try {
        for (const [name, each] of chosen) {
          if (params.has(name)) continue;
          const { data, shape } = await each.read();
          const tensor = tf.tensor(data, [...shape], "float32");
          params.set(name, tensor);
          uploadToBackend(tensor);
        }
      } catch (error) {
        tf.dispose([...params.values()]);
        throw error;
      }
      return Object.fromEntries(params); // safe for a tensor named __proto__, which an assignment is not
    },
  };
};
