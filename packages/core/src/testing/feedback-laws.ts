import * as tf from "@tensorflow/tfjs";
import { type Auxiliary, type Feedback, type Params, randomFromSeed, randomFromState } from "@vpt/contracts";
import { assertSameStructure, pick } from "@vpt/contracts/tensors";
import { contentOf, law, type Law } from "./laws.js";

/** What feedback is asked about. */
export interface FeedbackFixture {
  readonly params: Params;
  readonly subset: readonly string[];
  readonly auxiliary?: Auxiliary;
}

/**
 * The laws of {@link Feedback}: new finite tensors of the subset's names and shapes, drawn from the given random stream
 * alone.
 */
export function feedbackLaws(feedback: Feedback, { params, subset, auxiliary }: FeedbackFixture): readonly Law[] {
  const draw = async (seed: number): Promise<Params> =>
    feedback.gradient(params, subset, randomFromSeed(seed), auxiliary);
  const feedbackLaw = (name: string, check: Parameters<typeof law>[2]): Law => law("feedback", name, check);
  return [
    feedbackLaw("the gradient has the subset's names and shapes", async (expect) => {
      const gradient = await draw(0);
      let problem = "";
      try {
        assertSameStructure(pick(params, subset), gradient, "the gradient");
      } catch (error) {
        problem = (error as Error).message;
      }
      const values = Object.values(gradient).flatMap((tensor) => [...tensor.dataSync()]);
      tf.dispose(gradient);
      expect(problem === "", problem);
      expect(values.every(Number.isFinite), "a number of it is not finite");
    }),
    feedbackLaw("draws come from the random stream alone", async (expect) => {
      const contents: string[] = [];
      const random = randomFromSeed(5);
      for (const stream of [random, randomFromState(randomFromSeed(5).state())]) {
        const gradient = await feedback.gradient(params, subset, stream, auxiliary);
        contents.push(contentOf(sorted(gradient)));
        tf.dispose(gradient);
      }
      expect(contents[0] === contents[1], "the same state of the stream gave two gradients");
    }),
    feedbackLaw("arguments are left alone and nothing leaks", async (expect) => {
      const before = contentOf([params, auxiliary]);
      const count = tf.memory().numTensors;
      const gradient = await draw(1);
      const left = tf.memory().numTensors - count;
      const isShared = Object.values(gradient).some((tensor) => Object.values(params).includes(tensor));
      expect(!isShared, "it gave a tensor of the parameters; give new ones");
      tf.dispose(gradient);
      expect(left === subset.length, `a call left ${left} tensors, expected one for each of ${subset.length}`);
      expect(contentOf([params, auxiliary]) === before, "a call changed its arguments");
    }),
  ];
}

const sorted = (params: Params): Params =>
  Object.fromEntries(Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1)));
