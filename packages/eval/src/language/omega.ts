import { extractBoxedOrAnswer, formatBoxedPrompt } from "./answers/boxed-prompt.js";
import { splitBracketed } from "./answers/bracketed-list.js";
import { normalizeOmegaText, parseNumber } from "./answers/omega-normal-form.js";
import { cutAtStop } from "./answers/stop.js";
import { bit, type GenerateOptions, type GenerationTask } from "../runner/task.js";
import { meanOfEstimates, type Estimate } from "../statistics/statistics.js";

/** One row of OMEGA explorative. `id` and the `setting_*` columns may be missing. */
export interface OmegaItem {
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly ground_truth: string;
  readonly id?: string;
  readonly setting_key?: string;
  readonly setting_name?: string;
}

/**
 * The final answer of a generated text: the first `\boxed{…}` whose braces balance; else what follows the last
 * `Answer:`, to the end of that line (or the next filled line); else the last filled line; else the empty string.
 *
 * Give it the generation only: OMEGA's prompts contain a `\boxed` of their own.
 * @param options `answerSpan: "rest"` takes all that follows `Answer:`, the paper's literal wording; the default is
 *   ours.
 * @example
 * ```ts
 * import { extractAnswer } from "@vpt/eval/omega";
 *
 * extractAnswer("thus \\boxed{\\frac{1}{2}} or \\boxed{3}") // "\\frac{1}{2}"
 * ```
 * @see arXiv 2601.22108 (order of the three steps)
 * @category extraction
 */
export function extractAnswer(text: string, options: { readonly answerSpan?: "line" | "rest" } = {}): string {
  return extractBoxedOrAnswer(text, options);
}

/**
 * An answer without its wrappers (`$…$`, `\text{…}`, `**…**` …), spacing commands, thousands commas and closing dots,
 * until nothing changes.
 * @example
 * ```ts
 * import { normalizeAnswer } from "@vpt/eval/omega";
 *
 * normalizeAnswer("$\\text{1,234}$.") // "1234"
 * ```
 * @category extraction
 */
export const normalizeAnswer = (text: string): string => normalizeOmegaText(text);

/** How one output scored. */
export interface OmegaScore {
  readonly prediction: string;
  /** The primary metric: same string, or same number within `1e-3·max(1, |gold|)`. */
  readonly correct: boolean;
  /** Same string after normalisation, blanks and case aside. */
  readonly string: boolean;
  /** `correct`, but integers must be equal: the tolerance is loose for large ones. */
  readonly exact: boolean;
  /** `correct`, or lists of the same brackets whose numbers all match (ours; not in the primary metric). */
  readonly elementwise: boolean;
}

/**
 * Scores one generated text against the row's `ground_truth`. An empty answer is wrong.
 * @example
 * ```ts
 * import { scoreOutput } from "@vpt/eval/omega";
 *
 * scoreOutput("\\boxed{5004}", "5000") // { correct: true, exact: false, … }
 * ```
 * @category metric
 */
export function scoreOutput(
  output: string,
  gold: string,
  options: { readonly answerSpan?: "line" | "rest" } = {},
): OmegaScore {
  const prediction = extractAnswer(output, options);
  const [p, g] = [normalizeOmegaText(prediction), normalizeOmegaText(gold)];
  if (p === "") return { prediction, correct: false, string: false, exact: false, elementwise: false };
  const string = compact(p) === compact(g);
  const [x, y] = [parseNumber(p), parseNumber(g)];
  const correct = string || close(x, y);
  const exact = Number.isInteger(x) && Number.isInteger(y) ? string || sameInteger(p, g, x === y) : correct;
  return { prediction, correct, string, exact, elementwise: correct || sameElements(p, g) };
}

/**
 * Whether a generated text answers the problem: {@link extractAnswer}, then equal as strings or as numbers within
 * `1e-3·max(1, |gold|)`.
 * @example
 * ```ts
 * import { isCorrect } from "@vpt/eval/omega";
 *
 * isCorrect("Answer: 0.3333", "\\frac{1}{3}") // true
 * ```
 * @see arXiv 2601.22108 (tolerance 1e-3 with a relative part); olmo-eval uses 1e-6 absolute instead
 * @category metric
 */
export function isCorrect(
  output: string,
  gold: string,
  options: { readonly answerSpan?: "line" | "rest" } = {},
): boolean {
  return scoreOutput(output, gold, options).correct;
}

const compact = (text: string): string => text.replace(/\s+/g, "").toLowerCase();

/** NaN, which stands for "not a number", is close to nothing. */
const close = (p: number, g: number): boolean => Math.abs(p - g) <= 1e-3 * Math.max(1, Math.abs(g));

/** Digits are compared as digits: numbers beyond 2⁵³ would round to one another. */
function sameInteger(p: string, g: string, otherwise: boolean): boolean {
  const isDigits = (text: string): boolean => /^[+-]?[0-9]+$/.test(text);
  return isDigits(p) && isDigits(g) ? BigInt(p.replace("+", "")) === BigInt(g.replace("+", "")) : otherwise;
}

function sameElements(p: string, g: string): boolean {
  const a = splitBracketed(p);
  const b = splitBracketed(g);
  if (!a || !b || a.brackets !== b.brackets || a.parts.length !== b.parts.length) return false;
  return a.parts.every((part, i) => close(parseNumber(part), parseNumber(b.parts[i]!)));
}

/** Options of {@link omegaTask}. */
export interface OmegaTaskOptions {
  /**
   * Train rows, shown before each question: of one configuration, or a function that gives those of a question's own
   * (its `setting_key`).
   */
  readonly demonstrations?: readonly OmegaItem[] | ((configuration: string | undefined) => readonly OmegaItem[]);
  readonly answerSpan?: "line" | "rest";
  readonly decoding?: Partial<GenerateOptions>;
}

/**
 * OMEGA for the runner, one split at a time. Groups are the configurations (`setting_key`), where rows name one.
 * Report {@link summarize}'s macro mean over them, in and out of distribution apart.
 * @example
 * ```ts
 * import { loadItems } from "@vpt/data";
 * import { evaluateGeneration } from "@vpt/eval";
 * import { omegaTask } from "@vpt/eval/omega";
 * import { omegaItem } from "@vpt/eval/rows";
 * import { textGenerator } from "@vpt/lang/evaluation";
 *
 * const items = await loadItems("omega-test_out.parquet", omegaItem);
 * await evaluateGeneration(omegaTask(), items, textGenerator(model), { file: "omega-test_out.jsonl" });
 * ```
 * @category task
 */
export function omegaTask(options: OmegaTaskOptions = {}): GenerationTask<OmegaItem> {
  const { demonstrations = [], answerSpan = "line" } = options;
  const decoding = { maxNewTokens: 512, stop: [], temperature: 0, ...options.decoding };
  const shots = typeof demonstrations === "function" ? "by configuration" : demonstrations.length;
  const shown = (row: OmegaItem) => {
    const rows = typeof demonstrations === "function" ? demonstrations(row.setting_key) : demonstrations;
    return rows.map((each) => ({ text: question(each), answer: each.ground_truth }));
  };
  return {
    name: "omega",
    protocol: "vpt",
    protocolVersion: 1,
    primaryMetric: "correct",
    settings: { shots, answerSpan, decoding },
    decoding,
    id: (row, index) => row.id ?? String(index),
    request: (row) => formatBoxedPrompt(question(row), shown(row)),
    gold: (row) => row.ground_truth,
    groups: (row) => (row.setting_key === undefined ? [] : [row.setting_key]),
    score: (response, row) => {
      const { prediction, ...bits } = scoreOutput(cutAtStop(response, decoding.stop), row.ground_truth, { answerSpan });
      const { correct, string, exact, elementwise } = bits;
      return {
        prediction,
        metrics: { correct: bit(correct), em_string: bit(string), em_exact: bit(exact), elementwise: bit(elementwise) },
      };
    },
  };
}

const question = (row: OmegaItem): string => row.messages[0]?.content ?? "";

/**
 * The six domains by the first word of a configuration's name. List folders for the configurations; never hard-code
 * them.
 */
export const omegaDomains = {
  algebra: "algebra",
  arithmetic: "arithmetic",
  combinatory: "combinatorics",
  geometry: "geometry",
  logic: "logic",
  numbertheory: "number theory",
} as const satisfies Readonly<Record<string, string>>;

/** Means of one split; an unweighted mean of configurations each. */
export interface OmegaSummary {
  /** Over all configurations: the number to report. */
  readonly macro: Estimate;
  readonly domains: Readonly<Record<string, Estimate>>;
}

/**
 * Macro means over configurations, all of them and by domain, from the groups of a record (one configuration each).
 * Configurations are independent samples: the error is √Σ stderr² / G, the interval 1.96 of it to both sides, within
 * [0, 1].
 * @example
 * ```ts
 * import { loadItems } from "@vpt/data";
 * import { evaluateGeneration } from "@vpt/eval";
 * import { omegaTask, summarize } from "@vpt/eval/omega";
 * import { omegaItem } from "@vpt/eval/rows";
 * import { textGenerator } from "@vpt/lang/evaluation";
 *
 * const items = await loadItems("omega-test_out.parquet", omegaItem);
 * const record = await evaluateGeneration(omegaTask(), items, textGenerator(model));
 * summarize(record.groups).macro.value;
 * ```
 * @category report
 */
export function summarize(configurations: Readonly<Record<string, Estimate>>): OmegaSummary {
  const byDomain = new Map<string, Estimate[]>();
  for (const [name, estimate] of Object.entries(configurations)) {
    const word = name.split("_")[0]!;
    const domain = Object.hasOwn(omegaDomains, word) ? omegaDomains[word as keyof typeof omegaDomains] : "other";
    byDomain.set(domain, [...(byDomain.get(domain) ?? []), estimate]);
  }
  const domains = Array.from(byDomain, ([domain, estimates]) => [domain, meanOfEstimates(estimates)] as const);
  return { macro: meanOfEstimates(Object.values(configurations)), domains: Object.fromEntries(domains) };
}
