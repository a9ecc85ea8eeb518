import { xoroshiro128plus, xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";

/** A stream of random numbers whose whole state is a few integers, so that a saved run goes on exactly. */
export interface Random {
  /** Uniform in [0, 1), 32 bits. */
  uniform(): number;
  /** Uniform integer in [0, `below`). */
  integer(below: number): number;
  /** Standard normal. */
  normal(): number;
  /** Plain integers: give them to {@link randomFromState} to go on from here. */
  state(): readonly number[];
}

interface Generator {
  next(): number;
  getState(): readonly number[];
}

const wrap = (generator: Generator): Random => {
  const uniform = (): number => (generator.next() >>> 0) / 2 ** 32;
  return {
    uniform,
    integer: (below) => Math.floor(uniform() * below),
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    state: () => generator.getState(),
  };
};

/**
 * A seeded stream (xoroshiro128+). Streams of one run differ by `name`, so that drawing from one never shifts another.
 *
 * @example
 * ```ts
 * import { randomFromSeed, randomFromState } from "@vpt/contracts";
 *
 * const random = randomFromSeed(0, "feedback");
 * const again = randomFromState(random.state());
 * console.log(random.uniform() === again.uniform()); // true
 * ```
 */
export const randomFromSeed = (seed: number, name = ""): Random => {
  let hash = (Math.imul(seed | 0, 0x9e3779b1) ^ 0x811c9dc5) | 0;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  const generator = xoroshiro128plus(hash);
  for (let i = 0; i < 16; i++) generator.next(); // near seeds start alike
  return wrap(generator);
};

/**
 * Goes on from `Random.state()`, also after it went through JSON.
 *
 * @example
 * ```ts
 * import { randomFromState } from "@vpt/contracts";
 *
 * const random = randomFromState(state.random["feedback"]!); // of a saved TrainState
 * ```
 */
export const randomFromState = (state: readonly number[]): Random => wrap(xoroshiro128plusFromState(state));
