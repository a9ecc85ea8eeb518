import { VptError } from "@vpt/contracts";

/** What a cursor is made of: anything `JSON.stringify` keeps. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * Examples one after another, with a place that can be saved. A stream has one cursor: leaving a `for await` loop and
 * entering another goes on where the first stopped.
 * @category streams
 */
export interface Stream<T> extends AsyncIterable<T> {
  /** The next item, or undefined at the end, from then on. */
  next(): Promise<T | undefined>;
  /** The place after the last item taken, sources and buffers included. Plain data, not shared with the stream. */
  state(): Json;
  /** Goes to a place that `state` of an equally built stream gave: what follows is the same, item by item. */
  restore(state: Json): void;
}

/** Makes a stream of its three functions. Use it to write a source of your own. */
export const createStream = <T>(parts: Pick<Stream<T>, "next" | "state" | "restore">): Stream<T> => ({
  ...parts,
  async *[Symbol.asyncIterator]() {
    for (let item = await parts.next(); item !== undefined; item = await parts.next()) yield item;
  },
});

/** The named fields of a saved state, each of the type of its example; anything else is one clear error. */
export const readState = <S extends Readonly<Record<string, Json>>>(state: Json, what: string, example: S): S => {
  const record =
    typeof state === "object" && state !== null && !Array.isArray(state)
      ? (state as Readonly<Record<string, Json>>)
      : {};
  for (const [key, value] of Object.entries(example)) {
    const same =
      Object.hasOwn(record, key) &&
      (value === null || (typeof record[key] === typeof value && Array.isArray(record[key]) === Array.isArray(value)));
    if (!same)
      throw new VptError(
        `${what}: cannot go on from a state without a fitting "${key}". It was saved by another kind of stream.`,
      );
  }
  return record as S;
};
