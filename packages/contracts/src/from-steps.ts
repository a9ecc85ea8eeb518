import type { BatchSource } from "./batch-source.js";
import { VptError } from "./errors.js";

/**
 * Makes a batch source of a function of the step, as crops of images are one of (seed, step). Its state is the step of
 * the next batch.
 *
 * @param at Computes the batch of a step, counted from 0; undefined ends the source. Its tensors belong to the caller.
 * @throws {VptError} From `restore`, when the state is not a whole number of at least 0.
 * @example
 * ```ts
 * import { open } from "node:fs/promises";
 * import { fromSteps } from "@vpt/contracts";
 *
 * const file = await open("rows.bin");
 * const read = async (step: number) => (await file.read({ buffer: Buffer.alloc(64), position: 64 * step })).buffer;
 * const batches = fromSteps(read, { close: () => file.close() });
 * ```
 * @category training
 */
export function fromSteps<Batch>(
  at: (step: number) => Promise<Batch | undefined>,
  { close }: { readonly close?: () => Promise<void> } = {},
): BatchSource<Batch> {
  let step = 0;
  return {
    async next() {
      const batch = await at(step);
      if (batch !== undefined) step += 1;
      return batch;
    },
    state: () => step,
    restore(state) {
      if (!Number.isInteger(state) || (state as number) < 0)
        throw new VptError(
          "fromSteps.restore: expected a saved step, a whole number of at least 0, received " +
            `${JSON.stringify(state)}; restore what state() of this source returned`,
        );
      step = state as number;
    },
    ...(close && { close }),
  };
}
