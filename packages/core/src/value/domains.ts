import * as tf from "@tensorflow/tfjs";
import type { Feedback, Params } from "@vpt/contracts";
import { mapParams } from "@vpt/contracts/tensors";

/** One feedback, or one a domain. */
export type Feedbacks = Feedback | readonly Feedback[];

/** The feedback of each domain. */
export const feedbacksOf = (feedback: Feedbacks): readonly Feedback[] =>
  "gradient" in feedback ? [feedback] : feedback;

/** Gradients of several domains as one record, under `d/name`; of a single domain as they are. */
export const joinDomains = (each: readonly Params[]): Params =>
  each.length === 1
    ? each[0]!
    : Object.fromEntries(
        each.flatMap((params, d) => Object.entries(params).map(([name, tensor]) => [`${d}/${name}`, tensor] as const)),
      );

/** What {@link joinDomains} joined: the same tensors. */
export const splitDomains = (joined: Params, count: number): readonly Params[] =>
  count === 1
    ? [joined]
    : Array.from({ length: count }, (_, d) => {
        const prefix = `${d}/`;
        const own = Object.entries(joined).filter(([name]) => name.startsWith(prefix));
        return Object.fromEntries(own.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
      });

/** The mean of parameter-shaped vectors; of one, itself. */
export const meanOfDomains = (each: readonly Params[]): Params =>
  each.length === 1
    ? each[0]!
    : mapParams(each[0]!, (_, name) => tf.addN(each.map((params) => params[name]!)).div(each.length));
