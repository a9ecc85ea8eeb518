import type { Random } from "@vpt/contracts";
import { templates } from "./templates.js";
import { createPicker, createWork } from "./work.js";

/** A word problem with a worked answer that ends in `#### ` and the result, as in GSM8K. */
export interface Problem {
  readonly question: string;
  readonly answer: string;
}

/** What a problem may be used for. Its question alone decides, so no seed puts one into two splits. */
export type Split = "stream" | "feedback" | "test";

/** FNV-1a of the question: three in five go to the stream, one each to feedback and test. */
const splitOf = (question: string): Split => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < question.length; i++) hash = Math.imul(hash ^ question.charCodeAt(i), 0x01000193);
  const fifth = ((hash ^ (hash >>> 15)) >>> 0) % 5;
  return fifth === 0 ? "test" : fifth === 1 ? "feedback" : "stream";
};

/** Draws until a problem of `split` comes. With a `slip`, every result is off by that much. */
export const drawProblem = (random: Random, split: Split, slip = 0): Problem => {
  const pick = createPicker(random);
  for (;;) {
    const work = createWork(slip);
    const question = pick.of(templates)(pick, work);
    if (splitOf(question) === split) return { question, answer: work.answer() };
  }
};
