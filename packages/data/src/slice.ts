import { createStream, readState, type Json, type Stream } from "./stream.js";

/**
 * The items from `from` up to, but not with, `to`, as `Array.slice` counts.
 * @example
 * ```ts
 * import { fromArray, slice } from "@vpt/data";
 * const few = slice(fromArray([1, 2, 3, 4]), 1, 3); // 2, 3
 * ```
 * @category streams
 */
export const slice = <T>(source: Stream<T>, from = 0, to = Infinity): Stream<T> => {
  let taken = 0;
  return createStream<T>({
    async next() {
      while (taken < to) {
        const item = await source.next();
        if (item === undefined) return undefined;
        if (taken++ >= from) return item;
      }
      return undefined;
    },
    state: () => ({ source: source.state(), taken }),
    restore(state) {
      const saved = readState(state, "slice", { source: null as Json, taken: 0 });
      source.restore(saved.source);
      ({ taken } = saved);
    },
  });
};
