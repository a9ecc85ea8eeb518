import type * as tf from "@tensorflow/tfjs";
import { VptError, type Params } from "@vpt/core";

/** The parameter of that name, or an error that says which one is missing. */
export const parameter = <T extends tf.Tensor>(params: Params, name: string): T => {
  const tensor = params[name];
  if (tensor === undefined)
    throw new VptError(`The parameters lack "${name}"; does the checkpoint match its config.json?`);
  return tensor as T;
};
