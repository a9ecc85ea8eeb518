import { checkInteger, checkOption, EvalInputError } from "../errors.js";
import { strip } from "./answers/python-text.js";
import { bit, type ChoiceTask } from "../runner/task.js";

/** A question and its choices; an answer is the index of the right one. */
export interface MmluQuestion {
  readonly question: string;
  readonly choices: readonly string[];
}

/** One row of `cais/mmlu`. */
export interface MmluItem extends MmluQuestion {
  readonly answer: number;
  readonly subject: string;
}

/**
 * Who wrote the prompt: lm-evaluation-harness, or the benchmark's authors (two blanks before the subject, nothing
 * trimmed).
 */
export type MmluStyle = "lm-eval" | "hendrycks";

/** Options of {@link formatPrompt}. */
export interface MmluPromptOptions {
  /** As in the data, with underscores. */
  readonly subject: string;
  readonly style?: MmluStyle;
  /** Solved questions: the first k rows of `dev`, in file order. */
  readonly demonstrations?: readonly (MmluQuestion & { readonly answer: number })[];
}

/**
 * The prompt for one question; it ends in `Answer:` with no blank, and ` A` … ` D` continue it.
 * @throws {EvalInputError} For fewer than 2 or more than 26 choices, or an answer that names none.
 * @example
 * ```ts
 * import { formatPrompt } from "@vpt/eval/mmlu";
 *
 * formatPrompt({ question: "1 + 1?", choices: ["1", "2", "3", "4"] }, { subject: "abstract_algebra" })
 * ```
 * @see lm-evaluation-harness, tasks/mmlu/default; hendrycks/test, evaluate.py
 * @category prompt
 */
export function formatPrompt(item: MmluQuestion, options: MmluPromptOptions): string {
  const { subject, style = "lm-eval", demonstrations = [] } = options;
  checkOption("formatPrompt: style", style, ["lm-eval", "hendrycks"]);
  const name = subject.replaceAll("_", " ");
  const head =
    "The following are multiple choice questions (with answers) about " + `${style === "hendrycks" ? " " : ""}${name}.`;
  const block = ({ question, choices }: MmluQuestion) => {
    checkInteger("formatPrompt: number of choices", choices.length, 2, 26);
    const lines = choices.map((choice, i) => `${letter(i)}. ${choice}`);
    return [style === "lm-eval" ? strip(question) : question, ...lines, "Answer:"].join("\n");
  };
  const solved = demonstrations.map((demo) => {
    checkInteger("formatPrompt: answer of a demonstration", demo.answer, 0, demo.choices.length - 1);
    return `${block(demo)} ${letter(demo.answer)}`;
  });
  return [head, ...solved, block(item)].join("\n\n");
}

const letter = (index: number): string => String.fromCharCode(65 + index);

/** The continuations to score: ` A`, ` B`, … one a choice. */
export const continuations = (choices: number): string[] => Array.from({ length: choices }, (_, i) => ` ${letter(i)}`);

/**
 * Index of the largest log-likelihood, the earliest among equals; no length normalisation.
 * @throws {EvalInputError} When there is none, or one is NaN.
 * @example
 * ```ts
 * import { pickChoice } from "@vpt/eval/mmlu";
 *
 * pickChoice([-1.2, -0.3, -0.3, -4]) // 1
 * ```
 * @category metric
 */
export function pickChoice(logLikelihoods: readonly number[]): number {
  if (logLikelihoods.length === 0 || logLikelihoods.some(Number.isNaN)) {
    const received = `[${logLikelihoods.join(", ")}]`;
    throw new EvalInputError({
      where: "pickChoice",
      expected: "one log-likelihood a choice, none of them NaN",
      received,
    });
  }
  return logLikelihoods.indexOf(Math.max(...logLikelihoods));
}

// prettier-ignore
const groups = {
  stem: [
    "abstract_algebra", "astronomy", "college_biology", "college_chemistry", "college_computer_science",
    "college_mathematics", "college_physics", "computer_security", "conceptual_physics", "electrical_engineering",
    "elementary_mathematics", "high_school_biology", "high_school_chemistry", "high_school_computer_science",
    "high_school_mathematics", "high_school_physics", "high_school_statistics", "machine_learning",
  ],
  humanities: [
    "formal_logic", "high_school_european_history", "high_school_us_history", "high_school_world_history",
    "international_law", "jurisprudence", "logical_fallacies", "moral_disputes", "moral_scenarios", "philosophy",
    "prehistory", "professional_law", "world_religions",
  ],
  "social sciences": [
    "econometrics", "high_school_geography", "high_school_government_and_politics", "high_school_macroeconomics",
    "high_school_microeconomics", "high_school_psychology", "human_sexuality", "professional_psychology",
    "public_relations", "security_studies", "sociology", "us_foreign_policy",
  ],
  other: [
    "anatomy", "business_ethics", "clinical_knowledge", "college_medicine", "global_facts", "human_aging",
    "management", "marketing", "medical_genetics", "miscellaneous", "nutrition", "professional_accounting",
    "professional_medicine", "virology",
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** The four groups that subjects are reported under. */
export type MmluGroup = keyof typeof groups;

/**
 * The group of a subject: 18 STEM, 13 humanities, 12 social sciences, 14 other; style `lm-eval` counts anatomy as STEM.
 * Undefined for other names.
 * @example
 * ```ts
 * import { groupOf } from "@vpt/eval/mmlu";
 *
 * groupOf("anatomy", "lm-eval") // "stem"
 * ```
 * @category report
 */
export function groupOf(subject: string, style: MmluStyle = "lm-eval"): MmluGroup | undefined {
  if (style === "lm-eval" && subject === "anatomy") return "stem";
  return (Object.keys(groups) as MmluGroup[]).find((name) => (groups[name] as readonly string[]).includes(subject));
}

/** The 57 subjects, by group. */
export const subjects: Readonly<Record<MmluGroup, readonly string[]>> = groups;

/** Scores of a whole run. */
export interface MmluSummary {
  /** Over questions: the number that lm-evaluation-harness and the authors report. */
  readonly micro: number;
  /** Over subjects. */
  readonly macro: number;
  readonly bySubject: Readonly<Record<string, number>>;
  /** Micro averages. */
  readonly byGroup: Readonly<Partial<Record<MmluGroup, number>>>;
}

/**
 * Micro average over questions (primary), macro over subjects, and means by subject and group. NaN for no questions.
 * @example
 * ```ts
 * import { summarize } from "@vpt/eval/mmlu";
 *
 * summarize([{ subject: "anatomy", correct: true }, { subject: "virology", correct: false }]).micro // 0.5
 * ```
 * @category report
 */
export function summarize(
  results: readonly { readonly subject: string; readonly correct: boolean }[],
  style: MmluStyle = "lm-eval",
): MmluSummary {
  const bySubject = meansBy(results, ({ subject }) => subject);
  const byGroup: Partial<Record<MmluGroup, number>> = meansBy(results, ({ subject }) => groupOf(subject, style));
  const subjectMeans = Object.values(bySubject);
  return {
    micro: results.filter(({ correct }) => correct).length / results.length,
    macro: subjectMeans.reduce((a, b) => a + b, 0) / subjectMeans.length,
    bySubject,
    byGroup,
  };
}

function meansBy<Row extends { readonly correct: boolean }>(
  rows: readonly Row[],
  key: (row: Row) => string | undefined,
) {
  const counts = new Map<string, { correct: number; n: number }>();
  for (const row of rows) {
    const name = key(row);
    if (name === undefined) continue;
    const count = counts.get(name) ?? { correct: 0, n: 0 };
    counts.set(name, { correct: count.correct + bit(row.correct), n: count.n + 1 });
  }
  return Object.fromEntries([...counts].map(([name, { correct, n }]) => [name, correct / n]));
}

/** Options of {@link mmluTask}; demonstrations come from the subject of each question. */
export interface MmluTaskOptions {
  readonly style?: MmluStyle;
  readonly demonstrationsOf?: (subject: string) => readonly MmluItem[];
}

/**
 * MMLU for the runner: the arg-max of the four continuations' log-likelihoods. Groups are the subject and its group.
 * @example
 * ```ts
 * import { loadItems } from "@vpt/data";
 * import { evaluateChoices } from "@vpt/eval";
 * import { mmluTask } from "@vpt/eval/mmlu";
 * import { mmluItem } from "@vpt/eval/rows";
 * import { choiceScorer } from "@vpt/lang/evaluation";
 *
 * const items = await loadItems("cais/mmlu", mmluItem);
 * await evaluateChoices(mmluTask(), items, choiceScorer(model), { file: "mmlu.jsonl" });
 * ```
 * @category task
 */
export function mmluTask(options: MmluTaskOptions = {}): ChoiceTask<MmluItem> {
  const { style = "lm-eval", demonstrationsOf } = options;
  const prompt = (item: MmluItem) =>
    formatPrompt(item, { subject: item.subject, style, demonstrations: demonstrationsOf?.(item.subject) ?? [] });
  return {
    name: "mmlu",
    protocol: style,
    protocolVersion: 1,
    primaryMetric: "acc",
    settings: { style, fewShot: demonstrationsOf !== undefined },
    id: (_, index) => String(index),
    request: (item) => ({ context: prompt(item), continuations: continuations(item.choices.length) }),
    gold: (item) => letter(item.answer),
    groups: (item) => [item.subject, groupOf(item.subject, style)].filter((name) => name !== undefined),
    score: (logLikelihoods, item) => {
      const choice = pickChoice(logLikelihoods);
      return { prediction: letter(choice), metrics: { acc: bit(choice === item.answer) } };
    },
  };
}
