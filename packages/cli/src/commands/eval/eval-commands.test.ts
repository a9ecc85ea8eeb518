import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs";
import { saveLanguageModel, tinyLanguageModel } from "@vpt/lang";
import { runCommand, type CommandDef } from "citty";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { compareCommand } from "./compare.js";
import { gsm8kCommand } from "./gsm8k.js";
import { loadItems } from "./load-items.js";
import { mathCommand } from "./math.js";
import { mmluCommand } from "./mmlu.js";
import { nllCommand } from "./nll.js";
import { passAtKCommand } from "./pass-at-k.js";

// The commands in this process, on a tiny model of random weights: what they say, write and refuse.
const folder = mkdtempSync(join(tmpdir(), "vpt-eval-commands-"));
const at = (name: string): string => join(folder, name);
const jsonl = (name: string, rows: readonly object[]): string => {
  writeFileSync(at(name), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  return at(name);
};
const sums = Array.from({ length: 6 }, (_, i) => ({ question: `${i} + 1?`, answer: `It is ${i + 1}.\n#### ${i + 1}` }));

beforeAll(async () => {
  await tf.setBackend("cpu");
  await saveLanguageModel(at("model"), tinyLanguageModel(0));
  jsonl("sums.jsonl", sums);
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = async (command: CommandDef<any>, ...rawArgs: string[]): Promise<Record<string, unknown>> => {
  const print = vi.spyOn(console, "log").mockImplementation(() => {});
  try {
    await runCommand(command, { rawArgs: [...rawArgs, "--json"] });
    return JSON.parse(String(print.mock.calls.at(-1)![0])) as Record<string, unknown>;
  } finally {
    print.mockRestore();
  }
};
const onModel = (data: string): string[] => ["--model", at("model"), "--data", at(data), "--device", "js"];

describe("with text made elsewhere", () => {
  it("scores gold answers as right, by three rules, and compares two records", async () => {
    const outputs = (right: number) => sums.map(({ answer }, i) => ({ output: i < right ? answer : "#### 0" }));
    const score = (name: string, right: number) =>
      run(gsm8kCommand, "--data", at("sums.jsonl"), "--predictions", jsonl(`${name}.p.jsonl`, outputs(right)), "--out", at(`${name}.jsonl`)); // prettier-ignore
    const all = { strict: { value: 1 }, flexible: { value: 1 }, openai: { value: 1 } };
    expect(await score("all", 6)).toMatchObject({ n: 6, metrics: all });
    expect(await score("half", 3)).toMatchObject({ metrics: { strict: { value: 0.5 } } });
    expect(existsSync(at("all.record.json"))).toBe(true);
    const compared = await run(compareCommand, at("all.jsonl"), at("half.jsonl"), "--metric", "strict");
    expect(compared).toMatchObject({ n: 6, first: 1, second: 0.5, mcNemar: { onlyFirst: 3, onlySecond: 0 } });
  });

  it("scores boxed answers of MATH", async () => {
    const rows = [{ problem: "1/2?", solution: "$\\boxed{\\frac{1}{2}}$", level: "Level 1", type: "Algebra" }];
    jsonl("math.jsonl", rows);
    const predictions = jsonl("math.p.jsonl", [{ output: "so \\boxed{\\frac12}" }]);
    const record = await run(mathCommand, "--data", at("math.jsonl"), "--predictions", predictions);
    expect(record).toMatchObject({ task: "math", n: 1 });
    const values = Object.values(record["metrics"] as Record<string, { value: number }>).map(({ value }) => value);
    expect(Math.max(...values)).toBe(1);
  });
});

describe("with a model", () => {
  it("answers alike one by one and together, and goes on from its record", async () => {
    const ask = (batch: string, out: string) =>
      run(gsm8kCommand, ...onModel("sums.jsonl"), "--batch", batch, "--max-new-tokens", "6", "--out", at(out));
    const [alone, together] = [await ask("1", "one.jsonl"), await ask("4", "four.jsonl")];
    const responses = (name: string) =>
      readFileSync(at(name), "utf8")
        .trim()
        .split("\n")
        .slice(1)
        .map((line) => (JSON.parse(line) as { response: string }).response);
    expect(responses("four.jsonl")).toEqual(responses("one.jsonl"));
    expect(alone["promptSha256"]).toBe(together["promptSha256"]);
    const lines = readFileSync(at("one.jsonl"), "utf8").split("\n");
    writeFileSync(at("one.jsonl"), lines.slice(0, 4).join("\n")); // torn after two items and a half-written line end
    expect(await ask("1", "one.jsonl")).toMatchObject({ metrics: alone["metrics"] as object });
    expect(readFileSync(at("one.jsonl"), "utf8").split("\n")).toEqual(lines);
  });

  it("weighs MMLU's letters", async () => {
    const row = { question: "1 + 1?", choices: ["1", "2", "3", "4"], answer: 1, subject: "elementary_mathematics" };
    jsonl("mmlu.jsonl", [row, { ...row, answer: "C" }]);
    expect(await run(mmluCommand, ...onModel("mmlu.jsonl"))).toMatchObject({ task: "mmlu", n: 2 });
  });

  it("gives the NLL of answers, and pass@k of samples", async () => {
    const { nllPerToken, tokens } = await run(nllCommand, ...onModel("sums.jsonl"), "--limit", "2");
    expect(nllPerToken).toBeGreaterThan(4); // ln 257 = 5.5 for a model that knows nothing
    expect(tokens).toBe(2 * "It is 1.\n#### 1".length);
    const sampling = ["--samples", "2", "--ks", "1,2", "--max-new-tokens", "2", "--limit", "2"];
    expect(await run(passAtKCommand, ...onModel("sums.jsonl"), ...sampling)).toMatchObject({
      passAtK: [{ k: 1 }, { k: 2 }],
    });
  });
});

describe("refuses", () => {
  it.each([
    [["--data", "sums.jsonl"], "--model"],
    [["--data", "sums.jsonl", "--model", "m", "--batch", "0"], "--batch"],
    [["--data", "nowhere.jsonl", "--model", "m"], "no such file"],
    [["--data", "sums.jsonl", "--model", "m", "--preset", "mine"], "--preset"],
    [["--data", "sums.jsonl", "--model", "m", "--shots", "2"], "--demonstrations"],
  ])("%j", async (args, named) => {
    const given = args.map((arg) => (arg.endsWith(".jsonl") ? at(arg) : arg));
    await expect(run(gsm8kCommand, ...given)).rejects.toThrow(named);
  });
});

it("reads parquet as it reads jsonl", async () => {
  const fixture = new URL("../../../../data/src/__fixtures__/problems-snappy.parquet", import.meta.url);
  copyFileSync(fileURLToPath(fixture), at("rows.parquet"));
  const rows = await loadItems(at("rows.parquet"), (row) => row["problem"], 3);
  expect(rows).toHaveLength(3);
  expect(rows.every((text) => typeof text === "string")).toBe(true);
});
