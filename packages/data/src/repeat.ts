import { VptError } from "@vpt/contracts";
import { createStream, readState, type Json, type Stream } from "./stream.js";

/**
 * Goes through `source` again from where it stood when this was called, `epochs` times in all; without end by default.
 * @throws {VptError} From `next`, when a whole epoch has no item: it would never end.
 * @example
 * ```ts
 * import { fromArray, repeat } from "@vpt/data";
 * const stream = repeat(fromArray([1, 2]), { epochs: 2 }); // 1, 2, 1, 2
 * ```
 * @category streams
 */
export const repeat = <T>(source: Stream<T>, { epochs = Infinity }: { readonly epochs?: number } = {}): Stream<T> => {
  const start = source.state();
  let epoch = 0;
  let taken = 0;
  return createStream<T>({
    async next() {
      while (epoch < epochs) {
        const item = await source.next();
        if (item !== undefined) {
          taken++;
          return item;
        }
        if (taken === 0)
          throw new VptError(
            "repeat: the source has no items, so repeating it never ends. Check the file or the filter.",
          );
        epoch++;
        taken = 0;
        if (epoch < epochs) source.restore(start);
      }
      return undefined;
    },
    state: () => ({ source: source.state(), epoch, taken }),
    restore(state) {
      const saved = readState(state, "repeat", { source: null as Json, epoch: 0, taken: 0 });
      source.restore(saved.source);
      ({ epoch, taken } = saved);
    },
  });
};
