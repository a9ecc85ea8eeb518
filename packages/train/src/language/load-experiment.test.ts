import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import type { Example } from "@vpt/lang";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createProgress } from "../progress.js";
import { parseRunConfig } from "./config.js";
import { dataSizes, loadExperiment } from "./load-experiment.js";

const folder = mkdtempSync(join(tmpdir(), "vpt-load-experiment-"));
beforeAll(async () => void (await tf.setBackend("cpu")));
afterAll(() => rmSync(folder, { recursive: true }));

const fileOf = (name: string, rows: readonly (readonly [string, string])[]): { readonly file: string } => {
  const file = join(folder, `${name}.jsonl`);
  writeFileSync(file, rows.map(([question, answer]) => JSON.stringify({ question, answer })).join("\n"));
  return { file };
};
/** Loads a run of the tiny model, whose tokens are bytes, and returns it with what was logged. */
const load = async (data: object, more: object = {}) => {
  const lines: string[] = [];
  const progress = { ...createProgress({ quiet: true }), log: (line: string) => void lines.push(line) };
  const run = parseRunConfig({ model: "tiny", trainableBlocks: "all", ...more, data }, "test");
  return { loaded: await loadExperiment(run, "cpu", progress), lines };
};
const textOf = ({ ids, labels }: Example): string => String.fromCharCode(...ids, labels.at(-1)!);

describe("a streamed corpus", () => {
  it("leaves out every row of another set, with any blanks and capitals", async () => {
    const held = {
      feedback: fileOf("feedback", [["fb one?", "1"]]),
      test: { a: fileOf("a", [["ta one?", "1"]]), b: fileOf("b", [["tb one?", "1"]]) },
      probeRows: fileOf("probe", [["pr one?", "1"]]),
      unlabeledTest: fileOf("held", [["ut one?", "1"]]),
      domains: [{ unlabeled: fileOf("du", [["du one?", "1"]]), feedback: fileOf("df", [["df one?", "1"]]) }],
    };
    const stream = ["fb", "ta", "tb", "pr", "ut", "du", "df", "ok"].map((name) => [`${name} ONE? `, "9"] as const);
    const streaming = { ...fileOf("stream", stream), question: "question", answer: "answer" };
    const unlabeled = { streaming, tokens: 64, packing: "none", shuffleBuffer: 1 };
    const { loaded, lines } = await load({ ...held, unlabeled });
    const rows = loaded.corpus!();
    const seen = new Set<string>();
    for (let i = 0; i < 6; i++) seen.add(/(\w\w) ONE/.exec(textOf((await rows.next())!))![1]!);
    expect([...seen].sort()).toEqual(["du", "ok"]); // a domain's own stream is training data as well
    expect(lines).toContainEqual(
      `"data.unlabeled": leaves out the rows of "data.feedback", "data.probeRows", "data.unlabeledTest", ` +
        `"data.test.a", "data.test.b", "data.domains.0.feedback", such as "fb ONE? "`,
    );
  });

  it("is refused as rows in memory", async () => {
    const shared = fileOf("shared", [["Same?", "1"]]);
    const data = { unlabeled: fileOf("own", [["a?", "1"]]), feedback: fileOf("f", [["b?", "1"]]) };
    const held = { test: fileOf("t", [["c?", "1"]]), probeRows: shared, unlabeledTest: shared };
    await expect(load({ ...data, ...held })).rejects.toThrow(
      `"data.unlabeledTest": 1 of 1 questions are in "data.probeRows" too`,
    );
  });
});

describe("answers longer than answerTokens", () => {
  const prompt = "Question: q?\n Answer: ".length;
  const answers = (...lengths: number[]) =>
    lengths.map((length, i) => [`${String.fromCharCode(97 + i)}?`, "x".repeat(length)] as const);
  const data = {
    unlabeled: fileOf("u", [["zz?", "x".repeat(90)]]),
    feedback: fileOf("fa", answers(5, 30, 31, 60)),
    test: fileOf("te", [["y?", "x".repeat(30)]]),
    probeRows: fileOf("pa", [["v?", "x".repeat(99)]]),
  };

  it("are counted in one line and in the sizes, and cut at that many tokens", async () => {
    const { loaded, lines } = await load(data, { answerTokens: prompt + 29 });
    expect(lines.filter((line) => line.includes("cut"))).toEqual([
      `answers cut at ${prompt + 29} tokens (answerTokens): 2 of 4 of feedback, 1 of 1 of probeRows`,
    ]);
    expect(dataSizes(loaded)).toMatchObject({ feedback: 4, "feedback.cutAnswers": 2, "probeRows.cutAnswers": 1 });
    expect(dataSizes(loaded)).not.toHaveProperty("test.cutAnswers");
    expect(loaded.datasets.feedback.map(({ ids }) => ids.length - prompt + 1)).toEqual([5, 30, 30, 30]);
    expect(loaded.datasets.feedback.map(({ lossMask }) => lossMask.filter((m) => m === 1).length)).toEqual([
      5, 30, 30, 30,
    ]);
  });

  it("are not mentioned where none is cut, and test sets by name are counted once", async () => {
    expect((await load(data)).lines.filter((line) => line.includes("cut"))).toEqual([]);
    const named = { ...data, test: { one: data.test } };
    const { loaded, lines } = await load(named, { answerTokens: prompt + 28 });
    expect(lines.filter((line) => line.includes("cut"))).toEqual([
      expect.stringContaining("3 of 4 of feedback, 1 of 1 of probeRows, 1 of 1 of test.one"),
    ]);
    expect(loaded.cutAnswers).toEqual({ feedback: 3, probeRows: 1, "test.one": 1 });
  });
});
