import { readFile, writeFile } from "node:fs/promises";
import * as tf from "@tensorflow/tfjs";
import type { TensorFile } from "@vpt/contracts";

type Entry = { readonly shape: number[]; readonly values: number[] };

/**
 * Tensors as JSON: a float32 survives it exactly. Reads names in another order than they were written, as real formats
 * may.
 */
export const jsonTensorFile: TensorFile = {
  extension: "json",
  write: (path, tensors) =>
    writeFile(
      path,
      JSON.stringify(
        Object.fromEntries(
          Object.entries(tensors).map(([name, tensor]) => [
            name,
            { shape: tensor.shape, values: [...tensor.dataSync()] } satisfies Entry,
          ]),
        ),
      ),
    ),
  read: async (path) =>
    Object.fromEntries(
      Object.entries(JSON.parse(await readFile(path, "utf8")) as Record<string, Entry>)
        .reverse()
        .map(([name, entry]) => [name, tf.tensor(entry.values, entry.shape, "float32")]),
    ),
};
