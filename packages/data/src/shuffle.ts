import { randomFromState, type Random } from "@vpt/contracts";
import { createStream, readState, type Json, type Stream } from "./stream.js";

export interface ShuffleOptions {
  /** Where the order comes from. The stream goes on from its state and leaves the object itself to the caller. */
  readonly random: Random;
  /** Items held at once; default 10,000. A list no longer than this is shuffled fully. */
  readonly size?: number;
}

/**
 * Draws each item at random from a buffer that is kept full. Put `repeat` below it, not above, so that epochs differ.
 * The state holds the buffer's items themselves, so they must be plain JSON and a resumed run sees the same order.
 * @example
 * ```ts
 * import { randomFromSeed } from "@vpt/core";
 * import { readJsonl, repeat, shuffle } from "@vpt/data";
 * const rows = shuffle(repeat(readJsonl("train.jsonl")), { random: randomFromSeed(0, "data") });
 * ```
 * @category streams
 */
export const shuffle = <T>(source: Stream<T>, { random, size = 10_000 }: ShuffleOptions): Stream<T> => {
  let draw = randomFromState(random.state());
  let buffer: T[] = [];
  let ended = false;
  return createStream<T>({
    async next() {
      while (!ended && buffer.length < size) {
        const item = await source.next();
        if (item === undefined) ended = true;
        else buffer.push(item);
      }
      if (buffer.length === 0) return undefined;
      const chosen = draw.integer(buffer.length);
      const item = buffer[chosen];
      buffer[chosen] = buffer[buffer.length - 1]!;
      buffer.pop();
      return item;
    },
    state: () => ({
      source: source.state(),
      buffer: structuredClone(buffer) as Json,
      random: [...draw.state()],
      ended,
    }),
    restore(state) {
      const saved = readState(state, "shuffle", {
        source: null as Json,
        buffer: [] as readonly Json[],
        random: [] as readonly number[],
        ended: false,
      });
      source.restore(saved.source);
      buffer = structuredClone(saved.buffer) as T[];
      draw = randomFromState(saved.random);
      ended = saved.ended;
    },
  });
};
