import { randomFromSeed, VptError } from "@vpt/contracts";
import { drawProblem, type Problem, type Split } from "./draw-problem.js";

/**
 * Word problems made from ten templates: a data set that needs no file. Deterministic in `seed`; questions differ from
 * one another, and no question is ever in two splits, whatever the seeds.
 *
 * @param count Up to 10,000: there are far more, but not without end.
 * @throws {VptError} For another count.
 * @example
 * ```ts
 * const test = templatedProblems(0, 100, { split: "test" });
 * test[0]; // { question: "Mina works at the farm for $9 an hour, …", answer: "…\n#### 162" }
 * ```
 * @category templated problems
 */
export const templatedProblems = (
  seed: number,
  count: number,
  { split = "feedback" }: { readonly split?: Split } = {},
): readonly Problem[] => {
  if (!Number.isInteger(count) || count < 0 || count > 10_000) {
    throw new VptError(`templatedProblems: count ${count}, expected a whole number from 0 to 10000.`);
  }
  const random = randomFromSeed(seed, `templated ${split}`);
  const problems = new Map<string, Problem>();
  while (problems.size < count) {
    const problem = drawProblem(random, split);
    problems.set(problem.question, problem);
  }
  return [...problems.values()];
};
