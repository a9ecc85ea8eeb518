import { createStream, type Stream } from "./stream.js";

/**
 * Applies `f` to every item; an item for which it returns undefined is left out. `f` must be pure, since its results
 * are not part of the state.
 * @example
 * ```ts
 * const even = mapStream(fromArray([1, 2, 3, 4]), (x) => (x % 2 === 0 ? x : undefined)); // 2, 4
 * ```
 * @category streams
 */
export const mapStream = <T, U>(source: Stream<T>, f: (item: T) => U | undefined): Stream<U> =>
  createStream<U>({
    async next() {
      for (;;) {
        const item = await source.next();
        if (item === undefined) return undefined;
        const mapped = f(item);
        if (mapped !== undefined) return mapped;
      }
    },
    state: () => source.state(),
    restore: (state) => source.restore(state),
  });
