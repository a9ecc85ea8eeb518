import { VptError, type BatchSource } from "@vpt/core";
import { collateShard, type DataShard, type CollateShardOptions } from "./collate-shard.js";
import type { Example, LanguageBatch } from "./language-batch.js";

/** Rows one after another with a place that can be saved, such as a `Stream` of `@vpt/data`. */
export interface ExampleStream {
  next(): Promise<Example | undefined>;
  state(): unknown;
  restore(state: never): void;
}

/**
 * Rows of a stream as a source of batches: they are never all in memory. Its state is the stream's own. The last batch,
 * when it is not full, is left out. With `shard` every process reads all rows and takes its part of each batch.
 *
 * @throws {VptError} When `batchSize` is not a whole number above 0; from `next` and `restore`, as the stream does.
 * @example
 * ```ts
 * const problems = shuffle(repeat(readProblems("numina/data")), { random });
 * const rows = packExamples(mapStream(problems, tokenise), { length: 1024 });
 * const batches = streamBatches(rows, { batchSize: 4 });
 * ```
 */
export function streamBatches(
  rows: ExampleStream,
  {
    batchSize,
    shard = { rank: 0, size: 1 },
    ...options
  }: CollateShardOptions & { readonly batchSize: number; readonly shard?: DataShard | undefined },
): BatchSource<LanguageBatch> {
  if (!Number.isInteger(batchSize) || batchSize < 1)
    throw new VptError(`streamBatches: batchSize ${batchSize}; expected a whole number above 0`);
  return {
    async next() {
      const batch: Example[] = [];
      while (batch.length < batchSize) {
        const row = await rows.next();
        if (row === undefined) return undefined;
        batch.push(row);
      }
      return collateShard(batch, shard, options);
    },
    state: () => rows.state(),
    restore: (state) => rows.restore(state as never),
  };
}
