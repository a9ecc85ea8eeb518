import type * as tf from "@tensorflow/tfjs";

/**
 * The mean over all processes of a run of each tensor, under the same names: new tensors, the same bits in every
 * process. All processes call it alike; `label` tells calls apart that may overlap. `allReduce` of `processGroup()` in
 * `@vpt/backend` is one.
 *
 * @category training
 */
export type AllReduce = <T extends Readonly<Record<string, tf.Tensor>>>(tensors: T, label: string) => T;

/** {@link AllReduce} of a process on its own: the tensors themselves. */
export const identityAllReduce: AllReduce = (tensors) => tensors;
