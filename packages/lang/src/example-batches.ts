import { randomFromSeed, VptError, type BatchSource } from "@vpt/core";
import { collateShard, type DataShard, type CollateShardOptions } from "./collate-shard.js";
import type { Example, LanguageBatch } from "./language-batch.js";

/** Which rows, how many at a time, in whose order. */
export interface ExampleBatchesOptions extends CollateShardOptions {
  /** Rows a batch, over all processes. */
  readonly batchSize: number;
  readonly seed: number;
  /** Take one process's rows of each batch; its state is that of all. */
  readonly shard?: DataShard | undefined;
}

/** Order of epoch `epoch`: a Fisher-Yates shuffle that depends on nothing but the seed and the epoch. */
function epochOrder(count: number, seed: number, epoch: number): number[] {
  const random = randomFromSeed(seed, `epoch ${epoch}`);
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/**
 * Rows in memory as an endless source of batches, reshuffled every epoch. Its whole state is how many rows were drawn.
 *
 * @throws {VptError} When there are no rows, or a saved state does not fit.
 * @example
 * ```ts
 * const batches = exampleBatches(rows, { batchSize: 4, seed: 0 });
 * const batch = await batches.next();
 * ```
 */
export function exampleBatches(
  examples: readonly Example[],
  { batchSize, seed, shard = { rank: 0, size: 1 }, ...options }: ExampleBatchesOptions,
): BatchSource<LanguageBatch> {
  if (examples.length === 0) throw new VptError("exampleBatches: no rows to draw from");
  let drawn = 0;
  let order: { readonly epoch: number; readonly rows: readonly number[] } | undefined;
  const draw = (): Example => {
    const epoch = Math.floor(drawn / examples.length);
    if (order?.epoch !== epoch) order = { epoch, rows: epochOrder(examples.length, seed, epoch) };
    return examples[order.rows[drawn++ % examples.length]!]!;
  };
  return {
    next: async () => collateShard(Array.from({ length: batchSize }, draw), shard, options),
    state: () => ({ drawn }),
    restore: (state) => {
      const saved = (state as { readonly drawn?: unknown } | null)?.drawn;
      if (!Number.isInteger(saved)) {
        throw new VptError(`exampleBatches: expected a saved state { drawn }, received ${JSON.stringify(state)}`);
      }
      drawn = saved as number;
    },
  };
}
