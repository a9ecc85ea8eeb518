import * as tf from "@tensorflow/tfjs";
import { randomFromSeed } from "@vpt/core";
import { dropoutKeys } from "@vpt/nn";

/** The fixed half of a weight's dropout: a key a column, by the weight's name. `[C]` int32. */
export const dropoutColumns = (weight: string, width: number): tf.Tensor1D => {
  const random = randomFromSeed(0, `dropout ${weight}`);
  return tf.tensor1d(
    Int32Array.from({ length: width }, () => random.integer(dropoutKeys)),
    "int32",
  );
};
