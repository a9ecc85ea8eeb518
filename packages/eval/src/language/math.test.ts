import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import strings from "../__fixtures__/strings.json" with { type: "json" };
import { failed, normalizeHendrycks } from "./answers/hendrycks.js";
import { parseExact } from "./answers/exact-number.js";
import {
  exactEquivalent,
  extractBetweenDollars,
  extractMinerva,
  hendrycksEquivalent,
  lastBoxed,
  mathTask,
  minervaEquivalent,
  normalizeMinerva,
  removeBoxed,
} from "./math.js";

describe("string rules", () => {
  it("equal the authors' normalisation on templates and random strings", () => {
    for (const [text, expected] of strings.hendrycks as [string, string | null][]) {
      expect({ text, normal: normalizeHendrycks(text) }).toEqual({ text, normal: expected ?? failed });
    }
  });

  it("equal Minerva's normalisation on templates and random strings", () => {
    for (const [text, expected] of strings.minerva as [string, string][]) {
      expect({ text, normal: normalizeMinerva(text) }).toEqual({ text, normal: expected });
    }
    for (const [text, expected] of strings.minervaAnswer as [string, string][]) {
      expect({ text, answer: extractMinerva(text) }).toEqual({ text, answer: expected });
    }
  });

  it("find and unwrap the last box as lm-evaluation-harness does", () => {
    for (const [text, box, inner] of strings.lastBoxed as [string, string | null, string | null][]) {
      const got = lastBoxed(text, { variant: "lm-eval" });
      expect({ text, got, inner: removeBoxed(got) }).toEqual({ text, got: box, inner });
    }
  });
});

describe("hendrycksEquivalent", () => {
  // One line a rule of the protocol, in its order.
  it.each([
    ["1\n2", "12", true],
    ["1\\!000", "1000", true],
    ["a\\\\b", "a\\b", true],
    ["\\tfrac{1}{2}", "\\dfrac{1}{2}", true],
    ["\\left(1\\right)", "(1)", true],
    ["90^\\circ", "90^{\\circ}", true],
    ["\\$5", "5", true],
    ["5\\text{ cm}", "5", true],
    ["5\\text{cm}", "5", false],
    ["50\\%", "50", true],
    ["50%", "50", false],
    [".5", "0.5", true],
    ["{.5}", "{0.5}", true],
    ["x=5", "5", true],
    ["xy=5", "5", true],
    ["xyz=5", "5", false],
    ["x=y=5", "5", false],
    ["\\sqrt3", "\\sqrt{3}", true],
    ["1 000", "1000", true],
    ["\\frac12", "\\frac{1}{2}", true],
    ["\\frac1{72}", "\\frac{1}{72}", true],
    ["\\frac{72}1", "\\frac{72}{1}", false],
    ["0.5", "\\frac{1}{2}", true],
    ["0.50", "\\frac{1}{2}", false],
    ["1/2", "\\frac{1}{2}", true],
    ["-1/2", "\\frac{-1}{2}", true],
    ["01/2", "\\frac{1}{2}", false],
    ["1/2/3", "\\frac{1}{2}/3", false],
    ["a/b", "\\frac{a}{b}", false],
    ["\\sqrt𝑥", "\\sqrt{𝑥}", true],
  ])("%s against %s is %s", (gold, prediction, expected) =>
    expect(hendrycksEquivalent(gold, prediction)).toBe(expected),
  );

  it("compares the raw strings where the reference fails", () => {
    const twice = "1\\text{ a}\\text{ b}";
    expect(hendrycksEquivalent(twice, twice)).toBe(true);
    expect(hendrycksEquivalent(twice, `${twice} `)).toBe(false);
    expect(hendrycksEquivalent("\\sqrt", "\\sqrt ")).toBe(false);
    expect(hendrycksEquivalent("\\frac\\frac12", "\\frac \\frac12")).toBe(false);
  });

  it("treats missing answers as the reference does", () => {
    expect(hendrycksEquivalent(null, null)).toBe(true);
    expect(hendrycksEquivalent("1", null)).toBe(false);
    expect(hendrycksEquivalent("", "")).toBe(true);
  });
});

describe("minervaEquivalent", () => {
  it.each([
    ["1,000", "x = $1000$ dollars", true],
    ["\\frac12", "\\frac{1}{2}", true],
    ["\\sqrt3", "\\sqrt{3}", true],
    ["\\text{even}", "even", true],
    ["\\mbox{even}", "even", true],
    ["\\boxed{7}", "7", true],
    ["1,2", "12", true], // only digits and commas, so the commas go
    ["(1,2)", "(12)", false],
    ["5 degrees", "5^\\circ", true],
    ["0.5", "\\frac{1}{2}", false],
  ])("%s against %s is %s", (gold, prediction, expected) => expect(minervaEquivalent(gold, prediction)).toBe(expected));
});

describe("exactEquivalent", () => {
  it.each([
    ["\\frac{3}{6}", "0.5", true],
    ["1\\frac{1}{2}", "\\frac32", true],
    ["-1\\frac{1}{2}", "-1.5", true],
    ["\\frac{\\sqrt{8}}{2}", "\\sqrt2", true],
    ["\\frac{1}{\\sqrt{2}}", "\\frac{\\sqrt2}{2}", true],
    ["\\sqrt{\\frac{1}{3}}", "\\frac{\\sqrt{3}}{3}", true],
    ["2\\pi", "\\frac{4\\pi}{2}", true],
    ["2\\pi", "2", false],
    ["\\pi^2", "\\pi\\cdot\\pi", false], // one factor of pi is all that is carried
    ["2^{-2}", "1/4", true],
    ["2^{10}", "1024", true],
    ["3\\cdot4+1", "13", true],
    ["(1, \\frac{4}{2})", "(1.0,2)", true],
    ["(1,2]", "(1,2)", false],
    ["[1,2]", "[2,1]", false],
    ["\\{1,2\\}", "\\{2.0,1\\}", true],
    ["\\{1,1,2\\}", "\\{1,2,2\\}", false],
    ["\\frac{1}{0}", "\\frac{2}{0}", false],
    ["x+1", "1+x", false],
    ["9999999999999999", "10000000000000000", false],
    ["1000000007\\sqrt{12345678901234567890}", "1", false],
    ["10^{1000000}", "1", false],
  ])("%s against %s is %s", (gold, prediction, expected) => expect(exactEquivalent(gold, prediction)).toBe(expected));

  it("gives up on what is too deep or too long", () => {
    expect(parseExact("(".repeat(10_000))).toBeUndefined();
    expect(parseExact("9".repeat(10_000))).toBeUndefined();
    expect(parseExact("")).toBeUndefined();
  });
});

describe("boxes and presets", () => {
  it("keeps the wrapper, balances braces, prefers \\boxed to \\fbox", () => {
    expect(lastBoxed("\\boxed{1} and \\boxed{\\frac{1}{2}}.")).toBe("\\boxed{\\frac{1}{2}}");
    expect(lastBoxed("\\boxed{1} and \\fbox{2}")).toBe("\\boxed{1}");
    expect(lastBoxed("\\fbox{2}")).toBe("\\fbox{2}");
    expect(lastBoxed("\\boxed{1} then \\boxed{2")).toBeNull();
    expect(lastBoxed("no box")).toBeNull();
    expect(lastBoxed("$\\boxed 7$ so", { variant: "lm-eval" })).toBe("\\boxed 7");
    expect(lastBoxed("$\\boxed 7$ so")).toBeNull();
    expect(removeBoxed("\\fbox{2}")).toBeNull();
  });

  it("reads the answer of each preset", () => {
    expect(extractBetweenDollars("so $x$ is $\\frac12$.")).toBe("x$ is $\\frac12");
    expect(extractBetweenDollars("5$")).toBe("5$");
    const item = { problem: "P", solution: "so \\boxed{\\frac12}." };
    expect(mathTask({ preset: "hendrycks" }).request(item)).toBe("Problem: P\nAnswer:");
    expect(mathTask({ preset: "minerva" }).request(item)).toBe("Problem:\nP\n\nSolution:");
    expect(mathTask({ preset: "hendrycks" }).score("$0.5$ Problem: $3$", item).metrics.H).toBe(1);
    expect(
      mathTask({ preset: "minerva" }).score("Final Answer: The final answer is $\\frac{1}{2}$.", item),
    ).toMatchObject({
      prediction: "[invalidanswer]", // the appended sentence needs its blank
    });
    const boxed = mathTask();
    expect(boxed.score("\\boxed{1} no, \\boxed{0.50}", item).metrics).toEqual({ H: 0, M: 0, any: 1 });
    expect(boxed.score("Answer: 1/2", item).metrics).toEqual({ H: 1, M: 0, any: 1 });
  });
});

describe("the gold answers of MATH", () => {
  const file = new URL("../../../../../shared/data/math/test.jsonl", import.meta.url);
  const present = existsSync(file);
  it.skipIf(!present)(
    present
      ? "equal themselves, also with other fractions, brackets and blanks"
      : "skipped: shared/data/math is not there",
    () => {
      const golds = readFileSync(file, "utf8")
        .trim()
        .split("\n")
        .map((line) => removeBoxed(lastBoxed((JSON.parse(line) as { solution: string }).solution))!);
      expect(golds.length).toBe(5000);
      expect(golds.filter((gold) => !hendrycksEquivalent(gold, gold) || !minervaEquivalent(gold, gold))).toEqual([]);
      const written = (gold: string) =>
        gold
          .replaceAll("\\frac", "\\dfrac")
          .replace(/(?<!\\)\((?!\\)/g, "\\left(")
          .replace(/(?<!\\)\)/g, "\\right)")
          .replaceAll("+", " + ");
      const odd = golds.filter((gold) => !gold.includes("\\text{ ") && !gold.includes("\\left"));
      expect(odd.filter((gold) => !hendrycksEquivalent(gold, written(gold)))).toEqual([]);
    },
  );
});
