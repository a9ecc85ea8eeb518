import * as tf from "@tensorflow/tfjs";
import { randomFromSeed, uploadToBackend, type Params } from "@vpt/core";
import type { DecoderConfig } from "./decoder-config.js";
import { decoderShapes } from "./decoder-shapes.js";

/**
 * Fresh parameters: weights from `N(0, initializerRange²)`, norms 1, biases 0. The same seed gives the same bits on
 * every backend; each tensor has a stream of its own, so a change of depth leaves the other tensors as they were.
 *
 * @returns One tensor a name of `decoderShapes`, owned by the caller.
 * @example
 * ```ts
 * import { initDecoder } from "@vpt/lang";
 * const params = initDecoder(config, 0);
 * ```
 * @see Hugging Face `PreTrainedModel._init_weights`.
 * @category model
 */
export const initDecoder = (config: DecoderConfig, seed: number): Params => {
  const fresh = (name: string, shape: readonly number[]): tf.Tensor => {
    if (name.endsWith("norm.weight")) return tf.ones([...shape]);
    if (name.endsWith(".bias")) return tf.zeros([...shape]);
    const random = randomFromSeed(seed, name);
    const size = shape.reduce((product, length) => product * length, 1);
    const values = new Float32Array(size);
    for (let i = 0; i < size; i++) values[i] = config.initializerRange * random.normal();
    return uploadToBackend(tf.tensor(values, [...shape]));
  };
  return Object.fromEntries(Object.entries(decoderShapes(config)).map(([name, shape]) => [name, fresh(name, shape)]));
};
