import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import strings from "../__fixtures__/strings.json" with { type: "json" };
import {
  extractFlexible,
  extractOpenai,
  extractSimpleEvals,
  extractStrict,
  formatPrompt,
  gsm8kTask,
  isCorrect,
  normalizeAnswer,
  type Gsm8kItem,
} from "./gsm8k.js";

const gold = "48/2 = <<48/2=24>>24\n48+24 = <<48+24=72>>72\n#### 72";

describe("extraction", () => {
  it("equals lm-evaluation-harness and simple-evals on templates and random strings", () => {
    for (const [text, strict, flexible, normalized, simple] of strings.gsm8k as [
      string,
      string,
      string,
      string,
      string,
    ][]) {
      const got = [extractStrict(text), extractFlexible(text), normalizeAnswer(text), extractSimpleEvals(text)];
      expect({ text, got }).toEqual({ text, got: [strict, flexible, normalized, simple] });
    }
  });

  it("strict wants four hashes and one blank, and takes the first", () => {
    expect(extractStrict("#### 5\n#### 6")).toBe("5");
    expect(extractStrict("####5")).toBe("[invalid]");
    expect(extractStrict("####  5")).toBe("[invalid]");
    expect(extractStrict("#### $5")).toBe("[invalid]");
    expect(extractStrict("#### -1,234.5 apples")).toBe("-1,234.5");
  });

  it("flexible takes the last match and keeps the reference's quirks", () => {
    expect(extractFlexible("3-5")).toBe("-5");
    expect(extractFlexible("it is 5...")).toBe("5...");
    expect(extractFlexible("it is 5 ...")).toBe("...");
    expect(extractFlexible("$5")).toBe("$5");
    expect(extractFlexible("5.")).toBe("5.");
    expect(extractFlexible("none")).toBe("[invalid]");
    expect(extractFlexible("")).toBe("[invalid]");
  });

  it("normalises in the reference's order", () => {
    expect(normalizeAnswer("a\n#### 1\nb #### $2,000.")).toBe("2000");
    expect(normalizeAnswer("5.\n")).toBe("5\n");
    expect(normalizeAnswer("5.\n\n")).toBe("5.\n\n");
    expect(normalizeAnswer("ABC")).toBe("abc");
    expect(normalizeAnswer("#,### 7")).toBe("7"); // commas go first, so this becomes the mark
  });

  it("openai keeps a closing dot", () => {
    expect(extractOpenai("#### 1,234.")).toBe("1234.");
    expect(extractOpenai("1234")).toBe("[invalid]");
  });
});

describe("isCorrect", () => {
  it.each([
    ["strict", "#### 72", true],
    ["strict", "#### 72.", true],
    ["strict", "the answer is 72", false],
    ["strict", "#### 72.0", false],
    ["strict", "#### 71\n#### 72", false],
    ["flexible", "so the answer is $72.", true],
    ["flexible", "72 and not 71", false],
    ["flexible", "", false],
    ["openai", "#### 72", true],
    ["openai", "#### 72.", false],
    ["openai", "72", false],
    ["simple-evals", "Answer: 72.00", true],
    ["simple-evals", "answer: 72", false],
    ["numeric", "72.0", true],
    ["numeric", "7.2e1", false],
    ["numeric", "...", false],
  ] as const)("%s: %j is %s", (rule, output, expected) => expect(isCorrect(output, gold, rule)).toBe(expected));

  it("takes a bare number as gold", () => {
    for (const rule of ["strict", "flexible", "openai", "numeric"] as const) {
      expect(isCorrect("#### 1234", "1,234", rule)).toBe(true);
    }
  });

  it("never counts [invalid]", () => {
    expect(isCorrect("nothing", "[invalid]", "strict")).toBe(false);
    expect(isCorrect("nothing", "[invalid]", "openai")).toBe(false);
  });

  it("names the rules when one is unknown", () => {
    expect(() => isCorrect("", "", "fuzzy" as never)).toThrow(/strict, flexible, openai.*received fuzzy/);
  });
});

describe("prompts", () => {
  const item = { question: "1 + 1?", answer: "1 + 1 = <<1+1=2>>2\n#### 2" };

  it("writes each preset to the character", () => {
    expect(formatPrompt(item)).toBe("Question: 1 + 1?\n Answer: ");
    expect(formatPrompt(item, { newlineBlank: false, answerBlank: "answer" })).toBe("Question: 1 + 1?\nAnswer:");
    expect(formatPrompt(item, { preset: "lm-eval" })).toBe("Question: 1 + 1?\nAnswer:");
    expect(formatPrompt(item, { preset: "lm-eval-cot" })).toBe("Q: 1 + 1?\nA:");
    const demonstrations = [item];
    expect(formatPrompt({ question: "q" }, { demonstrations })).toBe(
      `Question: 1 + 1?\n Answer: ${item.answer}\n\nQuestion: q\n Answer: `,
    );
    expect(formatPrompt({ question: "q" }, { preset: "lm-eval", demonstrations, stripCalculator: true })).toBe(
      "Question: 1 + 1?\nAnswer: 1 + 1 = 2\n#### 2\n\nQuestion: q\nAnswer:",
    );
  });

  it("cuts at the earliest stop string before it extracts", () => {
    const task = gsm8kTask();
    const { metrics } = task.score("so 2.\nQuestion: 5 + 5?\n#### 10", item);
    expect(metrics).toEqual({ strict: 0, flexible: 1, openai: 0, numeric: 1 });
    expect(task.primaryMetric).toBe("flexible");
    expect(gsm8kTask({ preset: "lm-eval" })).toMatchObject({
      primaryMetric: "strict",
      decoding: { maxNewTokens: 256 },
    });
  });

  it("reads `The answer is` in the chain-of-thought preset, which eats one character at the end", () => {
    const task = gsm8kTask({ preset: "lm-eval-cot" });
    expect(task.score("The answer is 2.", item).metrics).toMatchObject({ strict: 1 });
    expect(task.score("The answer is 12", { ...item, answer: "#### 1" }).metrics).toMatchObject({ strict: 1 });
  });
});

describe.each(["train", "test"])("the gold answers of %s.jsonl", (split) => {
  const file = new URL(`../../../../../shared/data/gsm8k/${split}.jsonl`, import.meta.url);
  const present = existsSync(file);
  it.skipIf(!present)(present ? "score perfectly as outputs" : "skipped: shared/data/gsm8k is not there", () => {
    const rows = readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Gsm8kItem);
    expect(rows.length).toBeGreaterThanOrEqual(500);
    for (const rule of ["strict", "flexible", "openai", "numeric"] as const) {
      expect(rows.filter(({ answer }) => !isCorrect(answer, answer, rule))).toEqual([]);
    }
  });
});
