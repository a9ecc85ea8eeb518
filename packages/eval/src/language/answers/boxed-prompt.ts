// The block that OMEGA and our MATH preset share: how it is asked, and how the final answer is found.

const instruction = "Solve the problem step by step. Output only one final answer in the form \\boxed{...}.";

/**
 * Instruction, problem, and the literal `Answer:` as the last characters; demonstrations are the same block, solved.
 */
export function formatBoxedPrompt(
  text: string,
  demonstrations: readonly { readonly text: string; readonly answer: string }[],
): string {
  const block = (problem: string) => `${instruction}\n\n${problem}\n\nAnswer:`;
  return [...demonstrations.map((d) => `${block(d.text)} \\boxed{${d.answer}}`), block(text)].join("\n\n");
}

/** Options of {@link extractBoxedOrAnswer}. */
export interface ExtractOptions {
  /** After `Answer:`: to the end of that line (default), or all that follows. */
  readonly answerSpan?: "line" | "rest";
  readonly skipBoxes?: boolean;
}

/** First closed box, else what follows the last `Answer:`, else the last non-empty line, else nothing. */
export function extractBoxedOrAnswer(text: string, options: ExtractOptions = {}): string {
  const { answerSpan = "line", skipBoxes = false } = options;
  const box = skipBoxes ? undefined : firstBoxed(text);
  if (box !== undefined) return box.trim();
  const at = text.lastIndexOf("Answer:");
  if (at < 0) return filledLines(text).at(-1) ?? "";
  const rest = text.slice(at + "Answer:".length);
  return answerSpan === "rest" ? rest.trim() : (filledLines(rest)[0] ?? "");
}

function filledLines(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** Content of the first `\boxed{…}` whose braces balance; `\{` and `\}` are literal. */
function firstBoxed(text: string): string | undefined {
  for (const match of text.matchAll(/\\boxed\s*\{/g)) {
    const start = match.index + match[0].length;
    const end = closingBrace(text, start);
    if (end >= 0) return text.slice(start, end);
  }
  return undefined;
}

/** Position of the `}` that closes a brace opened just before `start`, or -1. */
export function closingBrace(text: string, start: number): number {
  let open = 1;
  for (let i = start; i < text.length; i++) {
    if (text[i] === "\\")
      i++; // an escaped brace is a character, and `\\` hides nothing
    else if (text[i] === "{") open++;
    else if (text[i] === "}" && --open === 0) return i;
  }
  return -1;
}
