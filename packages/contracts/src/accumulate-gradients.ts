import type { MicroBatches } from "./contracts.js";
import { VptError } from "./errors.js";
import { nextOfEach } from "./next-of-each.js";
import type { BatchSource } from "./batch-source.js";

/**
 * Batches of a source in groups of `count`, for gradient accumulation: each is one step. The state is the source's own,
 * so a run that is cut within a group begins the group again and stays the same bit for bit. A last group that is not
 * full is left out.
 *
 * @throws {VptError} When `count` is not a whole number above 0.
 * @example
 * ```ts
 * import { accumulateGradients, vPretrain } from "@vpt/core";
 * import { exampleBatches } from "@vpt/lang";
 *
 * const batches = accumulateGradients(exampleBatches(rows, { batchSize: 4, seed: 0 }), 8); // 32 rows a step
 * await vPretrain({ ...options, batches });
 * ```
 * @category training
 */
export function accumulateGradients<Batch>(
  source: BatchSource<Batch>,
  count: number,
): BatchSource<MicroBatches<Batch>> {
  if (!Number.isInteger(count) || count < 1)
    throw new VptError(`accumulateGradients: ${count} batches a step; expected a whole number above 0`);
  const group = Array.from({ length: count }, () => source);
  return {
    async next() {
      const microBatches = await nextOfEach(group);
      return microBatches && { microBatches };
    },
    state: () => source.state(),
    restore: (state) => source.restore(state),
    ...(source.close && { close: () => source.close!() }),
  };
}
