import * as tf from "@tensorflow/tfjs";
import { compileOnce, type Compile, type Params } from "@vpt/core";
import { collate, type CollateOptions, type Example } from "../language-batch.js";
import type { DecoderConfig } from "../model/index.js";
import { nextTokenGradient } from "./next-token-gradient.js";

/** A row and its weight c in the sum: positive makes it likelier when the loss falls. */
export interface SignedExample {
  readonly example: Example;
  readonly coefficient: number;
}

/** How rows are batched and run. */
export type SignedNllOptions = Omit<CollateOptions, "loss"> & {
  /** `compile` of `@vpt/backend`: the gradient runs as one graph. */
  readonly compile?: Compile | undefined;
};

/**
 * `∇_θ_S Σ_i c_i · NLL_θ(y_i | x_i)`, NLL summed over a row's counted tokens: what preferences and pass/fail checks
 * come down to.
 *
 * @returns New tensors, owned by the caller.
 * @see Method 9.
 */
export function signedNllGradient(
  config: DecoderConfig,
  params: Params,
  subset: readonly string[],
  rows: readonly SignedExample[],
  { compile, ...options }: SignedNllOptions,
): Params {
  return tf.tidy(() => {
    const batch = collate(
      rows.map(({ example }) => example),
      options,
    );
    // In the order in which collate counts positions: row by row.
    const weights = rows.flatMap(({ example: { lossMask }, coefficient }) =>
      Array.from(lossMask)
        .filter((m) => m > 0)
        .map(() => coefficient),
    );
    const padded = [...weights, ...Array<number>(batch.weight_N.shape[0] - weights.length).fill(0)];
    const signed = { ...batch, weight_N: tf.tensor1d(padded, "float32") };
    return compileOnce(compile, nextTokenGradient)(config, params, subset, signed);
  });
}
