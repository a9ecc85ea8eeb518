import type { Gsm8kItem } from "./gsm8k.js";
import type { MathItem } from "./math.js";
import type { MmluItem } from "./mmlu.js";
import type { OmegaItem } from "./omega.js";

/** A record as read from a file: named fields of any type. */
export type Row = Readonly<Record<string, unknown>>;

/** The first of `names` that the row has, as text. */
export function textOf(row: Row, ...names: readonly string[]): string {
  const name = names.find((key) => Object.hasOwn(row, key));
  const value = name === undefined ? undefined : row[name];
  if (typeof value === "string") return value;
  throw new Error(
    `field "${name ?? names[0]}" is ${value === undefined ? "missing" : `a ${typeof value}`}, expected text`,
  );
}

/**
 * The question of a row of any benchmark, for comparing texts: `question`, `problem` or `instruction`, or SVAMP's
 * `Body` and `Question` together.
 */
export const questionText = (row: Row): string =>
  typeof row["Body"] === "string" && typeof row["Question"] === "string"
    ? `${row["Body"]} ${row["Question"]}`
    : textOf(row, "question", "problem", "instruction");

/** openai/gsm8k; a demonstration's answer may be called `target`. */
export const gsm8kItem = (row: Row): Gsm8kItem => ({
  question: textOf(row, "question"),
  answer: textOf(row, "answer", "target"),
});

/** EleutherAI/hendrycks_math, or MATH-500 with its `answer` and `subject`. */
export const mathItem = (row: Row): MathItem => {
  const level = row["level"];
  return {
    problem: textOf(row, "problem"),
    solution: textOf(row, "solution"),
    ...(typeof row["answer"] === "string" && { answer: row["answer"] }),
    ...((row["type"] ?? row["subject"]) !== undefined && { type: textOf(row, "type", "subject") }),
    ...((typeof level === "string" || typeof level === "number") && { level }),
  };
};

/** cais/mmlu; the subject may be called `type`, or be the name of the file, the answer may be a letter. */
export const mmluItem = (row: Row, configuration?: string): MmluItem => {
  const { choices, answer } = row;
  if (!Array.isArray(choices) || !choices.every((choice) => typeof choice === "string"))
    throw new Error('field "choices" is not a list of texts');
  const index = typeof answer === "string" ? answer.charCodeAt(0) - 65 : Number(answer);
  if (!Number.isInteger(index) || index < 0 || index >= choices.length)
    throw new Error(`field "answer" is ${JSON.stringify(answer)}, expected 0 to ${choices.length - 1} or a letter`);
  return {
    question: textOf(row, "question"),
    choices,
    answer: index,
    subject: textOf({ ...(configuration !== undefined && { type: configuration }), ...row }, "subject", "type"),
  };
};

/** allenai/omega-explorative. */
export const omegaItem = (row: Row): OmegaItem => {
  const { messages } = row;
  const content = Array.isArray(messages) ? (messages[0] as Row | undefined)?.["content"] : undefined;
  if (typeof content !== "string") throw new Error('field "messages" is not a list of { role, content }');
  return {
    messages: [{ role: "user", content }],
    ground_truth: textOf(row, "ground_truth"),
    ...(typeof row["id"] === "string" && { id: row["id"] }),
    ...(typeof row["setting_key"] === "string" && { setting_key: row["setting_key"] }),
  };
};
