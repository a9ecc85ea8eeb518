import type { PromptLayout } from "@vpt/lang";

/** The prompt of a question in a run's layout, as text: what {@link questionAnswerIds} puts before the answer. */
export const questionText = (
  question: string,
  { newlineBlank = true, answerBlank = "prompt" }: PromptLayout = {},
): string => `Question: ${question}\n${newlineBlank ? " " : ""}Answer:${answerBlank === "prompt" ? " " : ""}`;
