import type * as tf from "@tensorflow/tfjs";
import { VptError, type Params } from "@vpt/core";
import type { LinearParams } from "@vpt/nn";

/** The parameter of that name, or an error that says which one is missing. */
export const parameter = <T extends tf.Tensor>(params: Params, name: string): T => {
  const tensor = params[name];
  if (tensor === undefined)
    throw new VptError(`The parameters lack "${name}"; does the checkpoint match its configuration?`);
  return tensor as T;
};

/** `name.weight` and, where there is one, `name.bias`. */
export const linearOf = (params: Params, name: string): LinearParams => ({
  weight: parameter<tf.Tensor2D>(params, `${name}.weight`),
  bias: params[`${name}.bias`] as tf.Tensor1D | undefined,
});

/** `name.weight` and `name.bias` of a norm. */
export const normOf = (params: Params, name: string): { weight: tf.Tensor1D; bias: tf.Tensor1D } => ({
  weight: parameter<tf.Tensor1D>(params, `${name}.weight`),
  bias: parameter<tf.Tensor1D>(params, `${name}.bias`),
});
