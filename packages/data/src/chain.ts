import { VptError } from "@vpt/contracts";
import { createStream, readState, type Json, type Stream } from "./stream.js";

/**
 * One stream after another.
 * @throws {VptError} For a saved place in more streams than there are.
 * @example
 * ```ts
 * import { chain, readJsonl } from "@vpt/data";
 * const both = chain([readJsonl("a.jsonl"), readJsonl("b.jsonl")]);
 * ```
 * @category streams
 */
export const chain = <T>(sources: readonly Stream<T>[]): Stream<T> => {
  const starts = sources.map((source) => source.state());
  let at = 0;
  return createStream<T>({
    async next() {
      for (; at < sources.length; at++) {
        const item = await sources[at]!.next();
        if (item !== undefined) return item;
      }
      return undefined;
    },
    state: () => ({ at, source: sources[at]?.state() ?? null }),
    restore(state) {
      const saved = readState(state, "chain", { at: 0, source: null as Json });
      if (saved.at > sources.length)
        throw new VptError(`chain: the state is in stream ${saved.at + 1}, there are ${sources.length}.`);
      at = saved.at;
      sources.forEach((source, i) => {
        if (i >= at) source.restore(i === at ? saved.source : starts[i]!);
      });
    },
  });
};
