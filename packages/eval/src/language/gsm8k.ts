import { checkOption } from "../errors.js";
import { strip } from "./answers/python-text.js";
import { cutAtStop } from "./answers/stop.js";
import { bit, type GenerateOptions, type GenerationTask } from "../runner/task.js";

/** One row of GSM8K: the answer is worked, with calculator marks, and ends in a line `#### 18`. */
export interface Gsm8kItem {
  readonly question: string;
  readonly answer: string;
}

/** What a strict or flexible extraction returns when it finds nothing; it never counts as correct. */
export const invalidAnswer = "[invalid]";

/**
 * The number after the first `#### `: an optional minus, then digits, dots and commas. `[invalid]` when there is none.
 * @example
 * ```ts
 * import { extractStrict } from "@vpt/eval/gsm8k";
 *
 * extractStrict("… so 18.\n#### 1,800") // "1,800"
 * ```
 * @see lm-evaluation-harness, tasks/gsm8k/gsm8k.yaml, filter `strict-match`
 * @category extraction
 */
export function extractStrict(text: string): string {
  return /#### (-?[0-9.,]+)/.exec(text)?.[1] ?? invalidAnswer;
}

/**
 * The last thing in the text that looks like a number, quirks of the reference kept: `3-5` gives `-5`, and a closing
 * `...` counts as a number and so loses the answer. `[invalid]` when there is none.
 * @example
 * ```ts
 * import { extractFlexible } from "@vpt/eval/gsm8k";
 *
 * extractFlexible("She pays $1,800. Really.") // "$1,800."
 * ```
 * @see lm-evaluation-harness, tasks/gsm8k/gsm8k.yaml, filter `flexible-extract`
 * @category extraction
 */
export function extractFlexible(text: string): string {
  return text.match(/-?[$0-9.,]{2,}|-?[0-9]+/g)?.at(-1) ?? invalidAnswer;
}

/**
 * The form in which answers are compared: no commas, no dollar signs, nothing up to the last `#### `, no closing dot,
 * lower case. Nothing is read as a number: `18.0` stays different from `18`.
 * @example
 * ```ts
 * import { normalizeAnswer } from "@vpt/eval/gsm8k";
 *
 * normalizeAnswer("60*30 = <<60*30=1800>>\n#### $1,800.") // "1800"
 * ```
 * @see lm-evaluation-harness, `regexes_to_ignore` and `ignore_case` of the task, in its order
 * @category extraction
 */
export function normalizeAnswer(text: string): string {
  return text
    .replaceAll(",", "")
    .replaceAll("$", "")
    .replace(/^[\s\S]*#### /, "") // greedy, across lines
    .replace(/\.(?=\n?$)/, "") // Python's $ also stands before one closing newline
    .toLowerCase();
}

/** OpenAI's own extraction: the strict match without commas; a closing dot stays and makes the answer wrong. */
export function extractOpenai(text: string): string {
  return extractStrict(text).replaceAll(",", "");
}

/**
 * simple-evals' extraction (its MGSM scorer): the last unsigned number after the last `Answer`; empty when there is
 * none.
 */
export function extractSimpleEvals(text: string): string {
  const at = text.lastIndexOf("Answer");
  if (at < 0) return "";
  const numbers = strip(text.slice(at + "Answer".length))
    .replaceAll(",", "")
    .match(/[0-9]+\.?[0-9]*/g);
  return numbers?.at(-1)?.replace(/\.+$/, "") ?? "";
}

/** Which scorer's rule decides; `numeric` is our own extra column. */
export type Gsm8kRule = "strict" | "flexible" | "openai" | "simple-evals" | "numeric";

const rules: Record<Gsm8kRule, (output: string, answer: string) => boolean> = {
  strict: (output, answer) => sameNormalized(extractStrict(output), answer),
  flexible: (output, answer) => sameNormalized(extractFlexible(output), answer),
  openai: (output, answer) => {
    const prediction = extractOpenai(output);
    return prediction !== invalidAnswer && prediction === goldNumber(answer);
  },
  "simple-evals": (output, answer) => {
    const found = extractSimpleEvals(output);
    const prediction = found.includes(".") ? found.replace(/0+$/, "").replace(/\.+$/, "") : found;
    return prediction !== "" && prediction === goldNumber(answer);
  },
  numeric: (output, answer) => {
    const prediction = toDecimal(extractFlexible(output));
    return Math.abs(prediction - toDecimal(goldNumber(answer))) <= 1e-6; // NaN is never close
  },
};

/**
 * Whether an output answers the problem, under one scorer's rule.
 * `strict` and `flexible` are lm-evaluation-harness's, `openai` is the data set authors', `simple-evals` is OpenAI's
 * later scorer;
 * `numeric` (ours) compares the flexible match as a decimal within 1e-6.
 *
 * @param output What the model wrote, already cut at its stop strings (see {@link gsm8kTask}).
 * @param answer The row's `answer`, worked; a bare number does as well (the references want the `#### ` line).
 * @throws {EvalInputError} When the rule is unknown.
 * @example
 * ```ts
 * import { isCorrect } from "@vpt/eval/gsm8k";
 *
 * isCorrect("He sells 18.\n#### 18", "9 * 2 = 18\n#### 18", "strict") // true
 * ```
 * @see arXiv 2110.14168; lm-evaluation-harness, openai/grade-school-math and openai/simple-evals
 * @category metric
 */
export function isCorrect(output: string, answer: string, rule: Gsm8kRule = "flexible"): boolean {
  checkOption("isCorrect: rule", rule, Object.keys(rules));
  return rules[rule](output, answer);
}

function sameNormalized(prediction: string, answer: string): boolean {
  return prediction !== invalidAnswer && normalizeAnswer(prediction) === normalizeAnswer(answer);
}

function goldNumber(answer: string): string {
  const marked = extractOpenai(answer);
  return marked === invalidAnswer ? strip(answer).replaceAll(",", "") : marked;
}

function toDecimal(text: string): number {
  const digits = text.replace(/[$,]/g, "").replace(/\.$/, "");
  return /^-?([0-9]+\.?[0-9]*|\.[0-9]+)$/.test(digits) ? Number(digits) : NaN;
}

/**
 * How the prompt is written. `vpt` is the training format of V-Pretraining, the other two are lm-evaluation-harness's.
 */
export type Gsm8kPreset = "vpt" | "lm-eval" | "lm-eval-cot";

/** Options of {@link formatPrompt}; use one setting for training stream, feedback loss and evaluation. */
export interface Gsm8kPromptOptions {
  readonly preset?: Gsm8kPreset;
  /** Solved rows shown first. In `lm-eval-cot` the answers end `The answer is N.` and are used as they are. */
  readonly demonstrations?: readonly Gsm8kItem[];
  /** `vpt` only: the paper prints a blank between the newline and `Answer:`. */
  readonly newlineBlank?: boolean;
  /** `vpt` only: the side on which the blank after `Answer:` falls. */
  readonly answerBlank?: "prompt" | "answer";
  /** Drops `<<48/2=24>>` from demonstrations. */
  readonly stripCalculator?: boolean;
}

/**
 * The prompt for one question.
 * @example
 * ```ts
 * import { formatPrompt } from "@vpt/eval/gsm8k";
 *
 * formatPrompt({ question: "1 + 1?" }) // "Question: 1 + 1?\n Answer: "
 * ```
 * @see arXiv 2601.22108 (`vpt`); lm-evaluation-harness, tasks/gsm8k (`lm-eval`, `lm-eval-cot`)
 * @category prompt
 */
export function formatPrompt(item: Pick<Gsm8kItem, "question">, options: Gsm8kPromptOptions = {}): string {
  const { preset = "vpt", demonstrations = [], newlineBlank = true, answerBlank = "prompt", stripCalculator } = options;
  checkOption("formatPrompt: preset", preset, ["vpt", "lm-eval", "lm-eval-cot"]);
  checkOption("formatPrompt: answerBlank", answerBlank, ["prompt", "answer"]);
  const ask = (question: string) =>
    preset === "vpt"
      ? `Question: ${question}\n${newlineBlank ? " " : ""}Answer:`
      : `${preset === "lm-eval" ? "Question" : "Q"}: ${question}\n${preset === "lm-eval" ? "Answer" : "A"}:`;
  const solved = ({ question, answer }: Gsm8kItem) =>
    `${ask(question)} ${stripCalculator ? answer.replace(/<<.*?>>/g, "") : answer}`;
  const open = preset === "vpt" && answerBlank === "prompt" ? " " : "";
  return [...demonstrations.map(solved), ask(item.question) + open].join("\n\n");
}

/** Options of {@link gsm8kTask}. */
export interface Gsm8kTaskOptions extends Gsm8kPromptOptions {
  readonly decoding?: Partial<GenerateOptions>;
}

/**
 * GSM8K for the runner: every rule is a metric of each item; the primary metric is `flexible` under preset `vpt`, else
 * `strict`.
 * @example
 * ```ts
 * import { loadItems } from "@vpt/data";
 * import { evaluateGeneration } from "@vpt/eval";
 * import { gsm8kTask } from "@vpt/eval/gsm8k";
 * import { gsm8kItem } from "@vpt/eval/rows";
 * import { textGenerator } from "@vpt/lang/evaluation";
 *
 * const items = await loadItems("openai/gsm8k/main", gsm8kItem);
 * await evaluateGeneration(gsm8kTask(), items, textGenerator(model), { file: "gsm8k.jsonl" });
 * ```
 * @category task
 */
export function gsm8kTask(options: Gsm8kTaskOptions = {}): GenerationTask<Gsm8kItem> {
  const { decoding: overrides, demonstrations = [], ...settings } = options;
  const preset = options.preset ?? "vpt";
  const cot = preset === "lm-eval-cot";
  const stop = [cot ? "Q:" : "Question:", "</s>", "<|im_end|>"];
  const decoding = { maxNewTokens: preset === "vpt" ? 512 : 256, stop, temperature: 0, ...overrides };
  return {
    name: "gsm8k",
    protocol: preset,
    protocolVersion: 1,
    primaryMetric: preset === "vpt" ? "flexible" : "strict",
    settings: { ...settings, shots: demonstrations.length, decoding },
    decoding,
    id: (_, index) => String(index),
    request: (item) => formatPrompt(item, options),
    gold: (item) => normalizeAnswer(item.answer),
    score: (response, { answer }) => {
      const output = cutAtStop(response, decoding.stop);
      const strict = cot ? sameNormalized(extractChainOfThought(output), answer) : isCorrect(output, answer, "strict");
      const others = (["flexible", "openai", "numeric"] as const).map((rule) => [
        rule,
        bit(isCorrect(output, answer, rule)),
      ]);
      return { prediction: extractFlexible(output), metrics: { strict: bit(strict), ...Object.fromEntries(others) } };
    },
  };
}

/** The strict pattern of `lm-eval-cot`: `The answer is N` and any one character after it, first match. */
function extractChainOfThought(text: string): string {
  return /The answer is (-?[0-9.,]+)[^\n]/.exec(text)?.[1] ?? invalidAnswer;
}
