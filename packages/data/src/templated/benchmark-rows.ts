import { randomFromSeed, type Random } from "@vpt/contracts";
import { templatedProblems } from "./templated-problems.js";
import type { Row, SyntheticOptions } from "../rows/load-items.js";

// Self-made rows in the layouts of the benchmarks, for trying a command without a download: `--data synthetic`. Always
// the same.

const problemsOf = ({ count, split }: SyntheticOptions) =>
  templatedProblems(0, count, { split: split === "train" || split === "dev" ? "feedback" : "test" });

/** GSM8K's columns: word problems whose worked answers end in `#### 42`. */
export const syntheticGsm8k = (options: SyntheticOptions): readonly Row[] =>
  problemsOf(options).map((row) => ({ ...row }));

/** MATH's columns: the same problems, the result in a box. */
export const syntheticMath = (options: SyntheticOptions): readonly Row[] =>
  problemsOf(options).map(({ question, answer }, i) => ({
    problem: question,
    solution: answer.replace(/\n#### (\S+)$/, "\nThe answer is $\\boxed{$1}$."),
    level: `Level ${1 + (i % 5)}`,
    type: i % 2 === 0 ? "Prealgebra" : "Algebra",
  }));

/** MMLU's columns: the one choice that is the problem's result is right, at every place equally often. */
export const syntheticMmlu = (options: SyntheticOptions): readonly Row[] =>
  problemsOf(options).map(({ question, answer }, i) => {
    const right = Number(/#### (-?\d+)$/.exec(answer)![1]);
    const choices = [0, 1, 2, 3].map((place) => String(right + place - (i % 4)));
    return {
      question,
      choices,
      answer: i % 4,
      subject: i % 8 < 4 ? "elementary_mathematics" : "high_school_mathematics",
    };
  });

/**
 * OMEGA's columns, two configurations: `train` and `test_in` with short instances, `test_out` with longer ones of the
 * same templates.
 */
export const syntheticOmega = ({ count, split }: SyntheticOptions): readonly Row[] =>
  (["arithmetic_sum", "algebra_linear"] as const).flatMap((configuration) => {
    const random = randomFromSeed(0, `${configuration} ${split}`);
    return Array.from({ length: count }, (_, i) => {
      const { problem, result } = omegaTemplates[configuration](random, split === "test_out" ? 6 : 3);
      return {
        id: `${configuration}_${split}_${i}`,
        setting_key: configuration,
        setting_name: configuration.replace("_", " "),
        messages: [{ role: "user", content: `${problem}\n\nPresent the answer in LaTex format: \\boxed{Your answer}` }],
        ground_truth: String(result),
        dataset: "synthetic",
      };
    });
  });

const omegaTemplates = {
  arithmetic_sum: (random: Random, terms: number) => {
    const numbers = Array.from({ length: terms }, () => 1 + random.integer(99));
    return { problem: `Compute ${numbers.join(" + ")}.`, result: numbers.reduce((a, b) => a + b, 0) };
  },
  algebra_linear: (random: Random, terms: number) => {
    const x = random.integer(20);
    const factors = Array.from({ length: terms - 1 }, () => 1 + random.integer(9));
    const left = factors.map((a) => (a === 1 ? "x" : `${a}x`)).join(" + ");
    return { problem: `Solve ${left} = ${x * factors.reduce((a, b) => a + b, 0)} for x.`, result: x };
  },
};
