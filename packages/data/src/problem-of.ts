/** A question, its worked answer, and where it came from if the record says. */
export type QuestionRecord = { readonly question: string; readonly answer: string; readonly source?: string };

/** Names of question and answer in known data sets; the first that a record has both of is taken. */
const layouts: readonly (readonly [question: string, answer: string])[] = [
  ["problem", "solution"], // NuminaMath-CoT, MATH, Magicoder-OSS-Instruct
  ["question", "answer"], // GSM8K
  ["instruction", "output"], // MathInstruct, Alpaca
  ["instruction", "response"], // Magicoder-Evol-Instruct
];

const text = (record: Readonly<Record<string, unknown>>, field: string): string | undefined => {
  const value = Object.hasOwn(record, field) ? record[field] : undefined;
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
};

/**
 * Question and answer of a record of NuminaMath-CoT, MATH, GSM8K, MathInstruct, Alpaca or Magicoder. Alpaca's `input`,
 * when there is one, follows the instruction after a newline. The text is left as it is. Pass it as `parse` to a
 * reader.
 *
 * @throws {Error} When the record has none of the layouts, or an empty question or answer.
 * @example
 * ```ts
 * import { problemOf } from "@vpt/data";
 * problemOf({ problem: "1 + 1?", solution: "$\\boxed{2}$", source: "cn_k12" }); // { question: "1 + 1?", … }
 * ```
 * @category streams
 */
export const problemOf = (record: Readonly<Record<string, unknown>>): QuestionRecord => {
  for (const [asked, answered] of layouts) {
    const [question, answer, input] = [text(record, asked), text(record, answered), text(record, "input")];
    if (question === undefined || answer === undefined) continue;
    const whole = asked === "instruction" && input !== undefined ? `${question}\n${input}` : question;
    const source = text(record, "source");
    return { question: whole, answer, ...(source !== undefined && { source }) };
  }
  const expected = layouts.map((pair) => pair.join(" and ")).join(", or ");
  throw new Error(
    `no question with an answer; expected text in ${expected}; fields: ${Object.keys(record).join(", ")}; ` +
      'name those that hold them with "question" and "answer"',
  );
};

/** The columns that `problemOf` looks at, of those a file has. */
export const problemColumns = (known: readonly string[]): readonly string[] => {
  const wanted = new Set([...layouts.flat(), "input", "source"]);
  return known.filter((name) => wanted.has(name));
};
