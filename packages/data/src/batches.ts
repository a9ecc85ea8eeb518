import { createStream, type Stream } from "./stream.js";

export interface BatchesOptions {
  readonly size: number;
  /** Give out a last batch that is not full; default false. */
  readonly keepLast?: boolean;
}

/**
 * Groups items into lists of `size`.
 * @example
 * ```ts
 * import { batches, fromArray } from "@vpt/data";
 * const pairs = batches(fromArray([1, 2, 3]), { size: 2 }); // [1, 2]
 * ```
 * @category streams
 */
export const batches = <T>(source: Stream<T>, { size, keepLast = false }: BatchesOptions): Stream<readonly T[]> =>
  createStream<readonly T[]>({
    async next() {
      const batch: T[] = [];
      while (batch.length < size) {
        const item = await source.next();
        if (item === undefined) break;
        batch.push(item);
      }
      return batch.length === size || (keepLast && batch.length > 0) ? batch : undefined;
    },
    state: () => source.state(),
    restore: (state) => source.restore(state),
  });
