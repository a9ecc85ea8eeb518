import { describe, expect, it } from "vitest";
import { VptError } from "@vpt/core";
import { byteTokenizer } from "../byte-tokenizer.js";
import golden from "./__fixtures__/golden.json" with { type: "json" };
import { chatPrompt } from "./chat-prompt.js";

const files = { ...byteTokenizer().files!, config: golden.special };
const templates: Readonly<Record<string, string>> = golden.templates;

describe("chatPrompt against transformers", () => {
  it.each(golden.cases)("$template, $addGenerationPrompt, $messages", ({ template, messages, text, ...options }) => {
    const render = (): string => chatPrompt({ files, chatTemplate: templates[template]! }, messages, options);
    if (text === null) expect(render).toThrow(/turns must alternate/);
    else expect(render()).toBe(text);
  });
});

describe("chatPrompt", () => {
  it("says what is missing or wrong", () => {
    expect(() => chatPrompt(byteTokenizer(), [])).toThrow(VptError);
    expect(() => chatPrompt(byteTokenizer(), [])).toThrow("no chat template");
    expect(() => chatPrompt(byteTokenizer(), [], { template: "{% for %}" })).toThrow("the template failed");
  });

  it("gives the template what it is given", () => {
    const template = "{{ mood }}{% if add_generation_prompt %}!{% endif %}";
    expect(chatPrompt(byteTokenizer(), [], { template, values: { mood: "calm" } })).toBe("calm!");
  });
});
