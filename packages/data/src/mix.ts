import { randomFromState, VptError, type Random } from "@vpt/contracts";
import { createStream, readState, type Json, type Stream } from "./stream.js";

export interface MixedSource<T> {
  readonly stream: Stream<T>;
  /** Relative to the others; above 0. */
  readonly weight: number;
}

/**
 * Takes each item from one of several streams, chosen at random by weight. One that ends drops out; the mixture ends
 * with the last. Repeat the sources to keep the shares as they are.
 * @throws {VptError} For a weight that is not above 0.
 * @example
 * ```ts
 * const sources = [{ stream: raw, weight: 0.7 }, { stream: instructions, weight: 0.3 }];
 * const stream = mix(sources, { random: randomFromSeed(0, "mix") });
 * ```
 * @category streams
 */
export const mix = <T>(sources: readonly MixedSource<T>[], { random }: { readonly random: Random }): Stream<T> => {
  const wrong = sources.find(({ weight }) => !(weight > 0 && Number.isFinite(weight)));
  if (wrong !== undefined)
    throw new VptError(`mix: weight ${wrong.weight}, expected a number above 0. Leave the source out instead.`);
  let draw = randomFromState(random.state());
  let ended: readonly boolean[] = sources.map(() => false);

  const choose = (): number => {
    const left = sources.map(({ weight }, i) => (ended[i] ? 0 : weight));
    let point = draw.uniform() * left.reduce((sum, weight) => sum + weight, 0);
    const chosen = left.findIndex((weight) => weight > 0 && (point -= weight) < 0);
    return chosen >= 0 ? chosen : ended.lastIndexOf(false); // rounding may leave the point on the far edge
  };

  return createStream<T>({
    async next() {
      while (ended.includes(false)) {
        const chosen = choose();
        const item = await sources[chosen]!.stream.next();
        if (item !== undefined) return item;
        ended = ended.map((each, i) => each || i === chosen);
      }
      return undefined;
    },
    state: () => ({ sources: sources.map(({ stream }) => stream.state()), random: [...draw.state()], ended }),
    restore(state) {
      const saved = readState(state, "mix", {
        sources: [] as readonly Json[],
        random: [] as readonly number[],
        ended: [] as readonly boolean[],
      });
      if (saved.sources.length !== sources.length)
        throw new VptError(`mix: the state has ${saved.sources.length} sources, expected ${sources.length}.`);
      sources.forEach(({ stream }, i) => stream.restore(saved.sources[i]!));
      draw = randomFromState(saved.random);
      ended = saved.ended;
    },
  });
};
