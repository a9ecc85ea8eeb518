import { describe, expect, it } from "vitest";
import { extractAnswer, isCorrect, normalizeAnswer, omegaTask, scoreOutput, summarize } from "./omega.js";

describe("extractAnswer", () => {
  it.each([
    ["first box wins", "\\boxed{1} \\boxed{2}", "1"],
    ["nested braces", "\\boxed{\\frac{1}{2}}", "\\frac{1}{2}"],
    ["blanks before the brace", "\\boxed {5}", "5"],
    ["escaped braces are characters", "\\boxed{\\{1, 2\\}}", "\\{1, 2\\}"],
    ["a line break before a brace hides nothing", "\\boxed{a\\\\}", "a\\\\"],
    ["a box that never closes gives way to a later one", "\\boxed{1 \\boxed{2}", "2"],
    ["no box closes: Answer:", "\\boxed{1\nAnswer: 7", "7"],
    ["last Answer:", "Answer: 1\nAnswer: 2 apples\nmore", "2 apples"],
    ["next filled line", "Answer:\n\n  42 \nrest", "42"],
    ["Answer: is case-sensitive", "answer: 1\nlast line\n", "last line"],
    ["nothing after Answer:", "5\nAnswer:", ""],
    ["empty", "", ""],
    ["blank", " \n\n", ""],
    ["empty box", "\\boxed{} 3", ""],
  ])("%s", (_, text, expected) => expect(extractAnswer(text)).toBe(expected));

  it("takes all that follows with answerSpan rest", () => {
    expect(extractAnswer("Answer: 1\n2\n", { answerSpan: "rest" })).toBe("1\n2");
  });
});

describe("normalizeAnswer", () => {
  it.each([
    ["$5$", "5"],
    ["$$5$$", "5"],
    ["\\(5\\)", "5"],
    ["\\[5\\]", "5"],
    ["**5**", "5"],
    ["**$\\boxed{\\text{5}}$**.", "5"],
    ["$a$ and $b$", "$a$ and $b$"],
    ["\\text{a}\\text{b}", "\\text{a}\\text{b}"],
    ["\\mathrm{x}", "x"],
    ["\\mathbf{x}", "x"],
    ["\\left( 1,\\, 2 \\right)", "( 1, 2 )"],
    ["\\dfrac{1}{2}", "\\frac{1}{2}"],
    ["\\tfrac12", "\\frac12"],
    ["\\displaystyle 5\\quad", "5"],
    ["1,234,567", "1234567"],
    ["1,2345", "1,2345"],
    ["(1,234)", "(1,234)"],
    ["{1,234}", "{1,234}"],
    ["5...", "5"],
    ["a \n  b", "a b"],
    ["2 \\cdot 3", "2 \\cdot 3"],
  ])("%s → %s", (text, expected) => expect(normalizeAnswer(text)).toBe(expected));
});

describe("isCorrect", () => {
  it.each([
    ["\\boxed{Yes}", "yes", true],
    ["\\boxed{1 , 2}", "1,2", true],
    ["\\boxed{0.3333}", "\\frac{1}{3}", true],
    ["\\boxed{0.33}", "\\frac{1}{3}", false],
    ["\\boxed{1/3}", "\\frac{2}{6}", true],
    ["\\boxed{-\\frac{1}{2}}", "\\frac{-1}{2}", true],
    ["\\boxed{1e-3}", "0.0015", true], // within 1e-3 absolute
    ["\\boxed{1.5 \\times 10^{3}}", "1500", true],
    ["\\boxed{50\\%}", "50", true],
    ["\\boxed{50%}", "0.5", false],
    ["\\boxed{5005}", "5000", true],
    ["\\boxed{5006}", "5000", false],
    ["\\boxed{+.5}", "0.5", true],
    ["\\boxed{1/0}", "2/0", false],
    ["\\boxed{(1.0, 2)}", "(1, 2)", false],
    ["", "", false],
    ["", "0", false],
    ["\\boxed{}", "", false],
    ["\\boxed{NaN}", "NaN", true], // as strings
    ["\\boxed{Infinity}", "1e999", false],
    ["$\\$5$", "\\$5", true], // an escaped dollar does not end the pair
    ["\\boxed{$a$ and $b$}", "a$ and $b", false],
  ])("%s against %s is %s", (output, gold, expected) => expect(isCorrect(output, gold)).toBe(expected));

  it("reports the stricter and the looser columns", () => {
    expect(scoreOutput("\\boxed{5004}", "5000")).toMatchObject({ correct: true, string: false, exact: false });
    expect(scoreOutput("\\boxed{5000.0}", "5000")).toMatchObject({ correct: true, string: false, exact: true });
    expect(scoreOutput("\\boxed{9007199254740993}", "9007199254740992")).toMatchObject({ correct: true, exact: false });
    expect(scoreOutput("\\boxed{+12}", "12")).toMatchObject({ string: false, exact: true });
    expect(scoreOutput("\\boxed{(1.0, 2)}", "(1, 2)")).toMatchObject({ correct: false, elementwise: true });
    expect(scoreOutput("\\boxed{[1.0, 2]}", "(1, 2)")).toMatchObject({ elementwise: false });
  });
});

describe("omegaTask", () => {
  const row = {
    messages: [{ role: "user", content: "2 + 2? \\boxed{Your answer}" }],
    ground_truth: "4",
    setting_key: "arithmetic_mixed",
  };

  it("ends the prompt in Answer: and shows demonstrations as boxes", () => {
    const ask =
      "Solve the problem step by step. Output only one final answer in the form \\boxed{...}.\n\n2 + " +
      "2? \\boxed{Your answer}\n\nAnswer:";
    expect(omegaTask().request(row)).toBe(ask);
    expect(omegaTask({ demonstrations: [row] }).request(row)).toBe(`${ask} \\boxed{4}\n\n${ask}`);
  });

  it("shows the rows of a question's own configuration", () => {
    const demonstrations = (configuration: string | undefined) => (configuration === "arithmetic_mixed" ? [row] : []);
    const task = omegaTask({ demonstrations });
    expect(task.request(row).split("\\boxed{4}")).toHaveLength(2);
    expect(task.request({ ...row, setting_key: "algebra_linear_equation" })).not.toContain("\\boxed{4}");
  });

  it("scores every column and names the configuration", () => {
    expect(omegaTask().score(" \\boxed{4}", row).metrics).toEqual({
      correct: 1,
      em_string: 1,
      em_exact: 1,
      elementwise: 1,
    });
    expect(omegaTask().groups?.(row)).toEqual(["arithmetic_mixed"]);
  });
});

it("summarize weighs configurations alike, whatever their size", () => {
  const of = (value: number, stderr: number) => ({ value, stderr, ci95: [0, 1] as const, method: "wilson" });
  const { macro, domains } = summarize({
    algebra_func_area: of(0.2, 0.03),
    algebra_func_zeros: of(0.4, 0.04),
    logic_zebralogic: of(0, 0),
  });
  expect(macro.value).toBeCloseTo(0.2, 12);
  expect(macro.stderr).toBeCloseTo(0.05 / 3, 12);
  expect(domains["algebra"]!.value).toBeCloseTo(0.3, 12);
  expect(domains["algebra"]!.ci95[0]).toBeCloseTo(0.3 - 1.959963985 * 0.025, 12);
  expect(Object.keys(domains)).toEqual(["algebra", "logic"]);
});
