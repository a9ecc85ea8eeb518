import { expect, it } from "vitest";
import { promptText } from "./prompt-text.js";
import { questionAnswerExample, questionAnswerIds, textExample } from "./question-answer-example.js";

/** Tokens are characters; \u0001 begins a row, \u0002 ends one. */
const characters = {
  encode: (text: string) => Array.from(text, (character) => character.codePointAt(0)!),
  begin: 1,
  eos: 2,
  chatTemplate: "{% for m in messages %}{{ bos_token }}<{{ m.role }}>{{ m.content }}</s>{% endfor %}<assistant>",
  files: { config: { bos_token: "\u0001" }, tokenizer: {} },
} as never as Parameters<typeof questionAnswerExample>[0];
const text = (ids: ArrayLike<number>): string => String.fromCodePoint(...Array.from(ids));

it("prints the paper's layout, with its two blanks where they are asked for", () => {
  expect(promptText(characters, "1?")).toBe("Question: 1?\n Answer: ");
  expect(promptText(characters, "1?", { newlineBlank: false, answerBlank: "answer" })).toBe("Question: 1?\nAnswer:");
});

it("fills a template, also with signs that mean something to replace", () => {
  expect(promptText(characters, "$& {question}", { template: "Q: {question} = {question}" })).toBe(
    "Q: $& {question} = $& {question}",
  );
});

it("puts the question or the filled template into the chat template", () => {
  expect(promptText(characters, "1?", { chat: true })).toBe("\u0001<user>1?</s><assistant>");
  expect(promptText(characters, "1?", { chat: true, template: "Solve {question}" })).toContain("<user>Solve 1?</s>");
  expect(() => promptText({}, "1?", { chat: true })).toThrow("this tokenizer has no chat template");
});

it("puts the begin token once, and no blank before the answer of a template", () => {
  const { prompt, answer } = questionAnswerIds(characters, { question: "1?", answer: "2" }, { chat: true });
  expect([text(prompt), text(answer)]).toEqual(["\u0001<user>1?</s><assistant>", "2"]);
  const template = questionAnswerIds(characters, { question: "1?", answer: "2" }, { template: "{question}=" });
  expect([text(template.prompt), text(template.answer)]).toEqual(["\u00011?=", "2"]);
});

it("counts the answer's tokens of a question, and all but the first of a whole text", () => {
  const asked = questionAnswerExample(characters, { question: "q", answer: "ab" }, { template: "{question}" });
  expect(text(asked.ids) + text(asked.labels.subarray(-1))).toBe("\u0001qab");
  expect([...asked.lossMask]).toEqual([0, 1, 1]);
  const whole = textExample(characters, "abc", { maximumTokens: 3, appendEnd: true });
  expect([text(whole.ids), text(whole.labels)]).toEqual(["\u0001ab", "abc"]);
  expect([...whole.lossMask]).toEqual([1, 1, 1]);
});
