import { randomFromSeed, randomFromState } from "@vpt/contracts";
import { createStream, readState, type Stream } from "../stream.js";
import { drawProblem, type Problem } from "./draw-problem.js";
import { chatter } from "./templates.js";
import { createPicker } from "./work.js";

export interface TemplatedStreamOptions {
  /** Share of items that are not problems at all; default 0.3. */
  readonly chatterFraction?: number;
  /** Share of the problems whose every calculation is off; default 0.2. */
  readonly wrongFraction?: number;
}

/**
 * An endless, mixed and partly wrong stream to pretrain on: word problems of the `stream` split (none of them is a
 * feedback or test problem), some worked out wrongly, among text that is no problem. Deterministic in `seed`, resumable
 * anywhere.
 * @example
 * ```ts
 * const rows = templatedStream(0);
 * await rows.next(); // { question: "…", answer: "…" }
 * ```
 * @category templated problems
 */
export const templatedStream = (
  seed: number,
  { chatterFraction = 0.3, wrongFraction = 0.2 }: TemplatedStreamOptions = {},
): Stream<Problem> => {
  let random = randomFromSeed(seed, "templated stream");
  return createStream<Problem>({
    async next() {
      if (random.uniform() < chatterFraction) return chatter(createPicker(random));
      const slip = random.uniform() < wrongFraction ? 1 + random.integer(9) : 0;
      return drawProblem(random, "stream", slip);
    },
    state: () => ({ random: [...random.state()] }),
    restore(state) {
      random = randomFromState(readState(state, "templatedStream", { random: [] as readonly number[] }).random);
    },
  });
};
