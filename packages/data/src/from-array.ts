import { createStream, readState, type Stream } from "./stream.js";

/**
 * A stream over a list that is in memory. The list is not copied; its items are handed out as they are.
 * @example
 * ```ts
 * import { fromArray } from "@vpt/data";
 * const stream = fromArray([1, 2, 3]);
 * await stream.next(); // 1
 * ```
 * @category streams
 */
export const fromArray = <T>(items: readonly T[]): Stream<T> => {
  let at = 0;
  return createStream<T>({
    next: async () => (at < items.length ? items[at++] : undefined),
    state: () => ({ at }),
    restore(state) {
      ({ at } = readState(state, "fromArray", { at: 0 }));
    },
  });
};
