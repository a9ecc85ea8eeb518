import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openChoices } from "../benchmarks/choices-benchmark.js";
import { describeBenchmark } from "../benchmarks/describe-benchmark.js";
import type { RowSource } from "../benchmarks/open-benchmark.js";
import { numberChoiceItem, type DigitScorer } from "./choices.js";

const answers = ["3*4=<<3*4=12>>12 and 12+5=<<12+5=17>>17\n#### 17", "So 9.\n#### 9", "4+4=<<4+4=8>>8\n#### 80"];
const rowsOf = (name: string, texts: readonly string[]): RowSource => ({
  name,
  hasSplits: false,
  isFile: true,
  read: (parse, { limit }) =>
    Promise.resolve(
      texts.slice(0, limit).map((answer, i) => parse({ question: `${name} ${i}?`, answer }, undefined, i)),
    ),
});

/** Gives each digit that continues a gold number the logit `sure`, and every other digit the logit 0. */
const scorerOf = (texts: readonly string[], sure: number): DigitScorer & { readonly contexts: string[] } => {
  const contexts: string[] = [];
  const golds = new Set(
    texts.flatMap((answer, i) => numberChoiceItem({ question: "", answer }, i).questions.map((q) => q.choices[0]!)),
  );
  return {
    contexts,
    score: (requests) =>
      Promise.resolve(
        requests.map(({ context, choices }) => {
          contexts.push(context);
          const gold = choices.find((choice) => golds.has(choice))!;
          const prefixes = new Set(choices.flatMap((choice) => [...choice].map((_, j) => choice.slice(0, j))));
          return Object.fromEntries(
            [...prefixes].map((before) => [
              before,
              Array.from({ length: 10 }, (_, d) => (gold.startsWith(before + String(d)) ? sure : 0)),
            ]),
          );
        }),
      ),
  };
};
const oneIn8 = (sure: number): number => Math.log(1 + 7 * Math.exp(-sure));

it("gives log-loss and accuracy of steps and final answers, with intervals over rows", async () => {
  const choices = await openChoices({ rows: rowsOf("test", ["4+4=<<4+4=8>>8\n#### 8", "So 9.\n#### 9"]) });
  const scorer = scorerOf(["#### 8", "\n#### 8", "\n#### 9"], 2);
  const { record, details } = await choices.run({ digitScorer: scorer });
  expect(details).toMatchObject({ steps: 1, finals: 2 });
  expect(record).toMatchObject({ task: "choices", headline: "rawStepLogLoss", n: 2 });
  expect(Object.keys(record.metrics)).toEqual([
    "rawStepLogLoss",
    "rawStepAccuracy",
    "rawFinalLogLoss",
    "rawFinalAccuracy",
  ]);
  // 8 among the near ones 9 and 7, of which 9 is gold elsewhere: the scorer names the first it finds, 8.
  expect(record.metrics["rawStepLogLoss"]!.value).toBeCloseTo(oneIn8(2), 10);
  expect(record.metrics["rawFinalAccuracy"]!.value).toBe(1);
  expect(record.perItem[0]).toMatchObject({ gold: "8 8", prediction: "8 8" });
  expect(scorer.contexts[0]).toBe("Question: test 0?\n Answer: 4+4=");
  expect(record.metrics["rawFinalLogLoss"]!.method).toMatch(/over rows/);
});

it("counts no hit where the gold number is only as likely as others", async () => {
  const choices = await openChoices({ rows: rowsOf("test", answers) });
  const { record } = await choices.run({ digitScorer: scorerOf(answers, 0) });
  expect(record.metrics["rawFinalAccuracy"]!.value).toBe(0);
  expect(record.metrics["rawStepLogLoss"]!.value).toBeCloseTo(Math.log(8), 10);
});

it("fits on other rows, reports both, and continues from its file", async () => {
  const folder = mkdtempSync(join(tmpdir(), "vpt-choices-"));
  try {
    const [rows, fit] = [rowsOf("test", answers), rowsOf("train", answers)];
    const options = { rows, fit, fitRows: 2, seed: 3 };
    const choices = await openChoices(options);
    const file = join(folder, "choices.jsonl");
    const scorer = scorerOf(answers, 0.5);
    const { record, details, split } = await choices.run({ digitScorer: scorer }, { file, batchSize: 2 });
    expect(record.headline).toBe("stepLogLoss");
    expect(details).toMatchObject({ fit: "train", fitRows: 2 });
    const { inverseTemperature } = details["calibration"] as { readonly inverseTemperature: number };
    expect(inverseTemperature).toBeGreaterThan(1.5); // the scorer is right and less sure than it could be
    expect(record.metrics["stepLogLoss"]!.value).toBeLessThan(record.metrics["rawStepLogLoss"]!.value);
    const again = scorerOf(answers, 0.5);
    const resumed = await (await openChoices(options)).run({ digitScorer: again }, { file });
    expect(resumed.record.metrics).toEqual(record.metrics);
    expect(again.contexts.every((context) => context.includes("train"))).toBe(true); // the fit alone is asked again
    const text = describeBenchmark({ record, details, split });
    expect(text).toMatch(/3 results of steps, 3 final answers; bias of digits and temperature fitted on 2 other rows/);
    expect(text).toMatch(/stepLogLoss +\d\.\d{4} nats/);
    expect(text).toMatch(/finalAccuracy +[\d.]+ % /);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it("refuses rows without numbers, rows to fit on that are scored, and a model without digits", async () => {
  await expect(openChoices({ rows: rowsOf("test", ["no number"]) })).rejects.toThrow(
    /choices: test.*calculator marks/s,
  );
  const rows = rowsOf("test", answers);
  await expect(openChoices({ rows, fit: rows })).rejects.toThrow(/choices: fit.*other rows than are scored/s);
  await expect((await openChoices({ rows })).run({})).rejects.toThrow(/digitScorer/);
});
