import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs";
import { saveLanguageModel, tinyLanguageModel } from "@vpt/lang";
import { runCommand, type CommandDef } from "citty";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { compareCommand } from "./compare.js";
import { mathItem, mmluItem } from "@vpt/eval/rows";
import { loadItems } from "@vpt/data";
import { languageCommands } from "./language.js";

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
      run(
        languageCommands.gsm8k,
        "--data",
        at("sums.jsonl"),
        "--predictions",
        jsonl(`${name}.p.jsonl`, outputs(right)),
        "--out",
        at(`${name}.jsonl`),
      );
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
    const record = await run(languageCommands.math, "--data", at("math.jsonl"), "--predictions", predictions);
    expect(record).toMatchObject({ task: "math", n: 1 });
    const values = Object.values(record["metrics"] as Record<string, { value: number }>).map(({ value }) => value);
    expect(Math.max(...values)).toBe(1);
  });
});

describe("with a model", () => {
  it("answers alike one by one and together, and goes on from its record", async () => {
    const ask = (batch: string, out: string) =>
      run(
        languageCommands.gsm8k,
        ...onModel("sums.jsonl"),
        "--batch",
        batch,
        "--max-new-tokens",
        "6",
        "--out",
        at(out),
      );
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
    expect(await run(languageCommands.mmlu, ...onModel("mmlu.jsonl"))).toMatchObject({ task: "mmlu", n: 2 });
  });

  it("weighs gold numbers against others, before and after a fit on other rows", async () => {
    const worked = (from: number) =>
      Array.from({ length: 3 }, (_, i) => ({
        question: `${from + i} + 1?`,
        answer: `${from + i}+1=<<${from + i}+1=${from + i + 1}>>${from + i + 1}\n#### ${from + i + 1}`,
      }));
    jsonl("worked.jsonl", worked(10));
    const fit = ["--fit", jsonl("others.jsonl", worked(40)), "--alternatives", "3"];
    const record = await run(languageCommands.choices, ...onModel("worked.jsonl"), ...fit, "--limit", "2");
    expect(record).toMatchObject({ task: "choices", n: 2, steps: 2, finals: 2, fitRows: 3, headline: "stepLogLoss" });
    const metrics = record["metrics"] as Record<string, { readonly value: number }>;
    for (const name of ["stepLogLoss", "rawStepLogLoss", "finalLogLoss", "rawFinalLogLoss"]) {
      expect(metrics[name]!.value).toBeGreaterThan(0);
      expect(metrics[name]!.value).toBeLessThan(4); // ln 4 = 1.39 for a model that knows nothing
    }
    await expect(
      run(languageCommands.choices, ...onModel("worked.jsonl"), "--fit", at("worked.jsonl")),
    ).rejects.toThrow(/--fit: expected other rows/);
  });

  it("gives the NLL of answers, and pass@k of samples", async () => {
    const { nllPerToken, tokens } = await run(
      languageCommands.nll,
      ...onModel("sums.jsonl"),
      "--limit",
      "2",
      "--out",
      at("nll.jsonl"),
    );
    expect(nllPerToken).toBeGreaterThan(4); // ln 257 = 5.5 for a model that knows nothing
    expect(tokens).toBe(2 * "It is 1.\n#### 1".length);
    const record = JSON.parse(readFileSync(at("nll.record.json"), "utf8")) as Record<string, unknown>;
    expect(record).toMatchObject({ task: "nll", protocol: "answer", settings: { appendEos: false }, n: 2 });
    jsonl("texts.jsonl", [{ text: "one text, longer than" }, { text: "two" }]);
    const texts = await run(languageCommands.nll, ...onModel("texts.jsonl"), "--text", "text");
    expect(texts).toMatchObject({ tokens: 24, rows: 2 });
    const sampling = ["--samples", "2", "--ks", "1,2", "--max-new-tokens", "2", "--limit", "2"];
    expect(await run(languageCommands["pass-at-k"], ...onModel("sums.jsonl"), ...sampling)).toMatchObject({
      passAtK: [{ k: 1 }, { k: 2 }],
    });
  });
});

describe("in the layouts that benchmarks are shared in", () => {
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), text);
  };

  it("reads MMLU's csv folders, quoting included, and shows its dev rows", async () => {
    put("mmlu/data/test/anatomy_test.csv", '"A ""bone"", which?",one,"two, or",three,four,B\n');
    put("mmlu/data/test/virology_test.csv", "What?\n,a,b,c,d,D\n".replace("?\n", "?"));
    put("mmlu/data/dev/anatomy_dev.csv", "Dev?,a,b,c,d,A\n");
    put("mmlu/data/dev/virology_dev.csv", "Dev too?,a,b,c,d,C\n");
    const items = await loadItems(at("mmlu"), mmluItem);
    expect(items.map(({ subject }) => subject)).toEqual(["anatomy", "virology"]);
    expect(items[0]).toMatchObject({
      question: 'A "bone", which?',
      choices: ["one", "two, or", "three", "four"],
      answer: 1,
    });
    expect(
      await run(languageCommands.mmlu, ...onModel("mmlu"), "--shots", "1", "--out", at("mmlu-out.jsonl")),
    ).toMatchObject({
      n: 2,
    });
    expect(JSON.parse(readFileSync(at("mmlu-out.record.json"), "utf8"))).toMatchObject({ split: "test" });
  });

  it("reads a folder a configuration, of shards or of converted copies, and MATH's file a problem", async () => {
    const row = (problem: string) => JSON.stringify({ problem, solution: "\\boxed{1}", level: "Level 1", type: "T" });
    put("math/algebra/test-00000-of-00001.jsonl", `${row("a")}\n`);
    put("math/algebra/train-00000-of-00001.jsonl", `${row("no")}\n`);
    put("math/geometry/test/0000.jsonl", `${row("g")}\n`);
    const problems = async (path: string) => (await loadItems(at(path), mathItem)).map(({ problem }) => problem);
    expect(await problems("math")).toEqual(["a", "g"]);
    for (const n of [10, 2]) put(`MATH/test/algebra/${n}.json`, row(`algebra ${n}`));
    put("MATH/test/geometry/1.json", row("geometry 1"));
    expect(await problems("MATH")).toEqual(["algebra 2", "algebra 10", "geometry 1"]);
    await expect(loadItems(at("math"), mathItem, { split: "dev" })).rejects.toThrow(/no rows of the split "dev"/);
  });

  it("shows OMEGA's train rows of each question's own configuration, and means over configurations", async () => {
    for (const name of ["algebra_a", "logic_b"])
      for (const split of ["train", "test_out"]) {
        const rows = Array.from({ length: name === "logic_b" ? 3 : 1 }, (_, i) => ({
          messages: [{ role: "user", content: `${name} ${split} ${i}` }],
          ground_truth: "1",
        }));
        put(`omega/${name}/${split}-00000-of-00001.jsonl`, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
      }
    const predictions = jsonl(
      "omega.p.jsonl",
      [1, 0, 0, 1].map((right) => ({ output: `\\boxed{${right}}` })),
    );
    const options = ["--data", at("omega"), "--split", "test_out"];
    const record = await run(languageCommands.omega, ...options, "--predictions", predictions, "--shots", "1");
    expect(record).toMatchObject({ n: 4, metrics: { correct: { value: 0.5 } }, demonstrations: { algebra_a: [0] } });
    expect((record["macro"] as { value: number }).value).toBeCloseTo((1 + 1 / 3) / 2, 12);
    expect(Object.keys(record["domains"] as object)).toEqual(["algebra", "logic"]);
  });

  it.each([
    [languageCommands.gsm8k, ["--max-new-tokens", "2"]],
    [languageCommands.math, ["--max-new-tokens", "2"]],
    [languageCommands.mmlu, []],
    [languageCommands.nll, ["--append-eos"]],
    [languageCommands.choices, []],
    [languageCommands.omega, ["--max-new-tokens", "2", "--split", "test_out"]],
  ] as [CommandDef<any>, string[]][])("makes rows of its own: --data synthetic, %#", async (command, more) => {
    const result = await run(
      command,
      "--model",
      at("model"),
      "--data",
      "synthetic",
      "--device",
      "js",
      "--limit",
      "2",
      ...more,
    );
    expect(result["n"] ?? result["rows"]).toBe(command === languageCommands.omega ? 4 : 2);
  });
});

describe("presets with demonstrations of their own", () => {
  it("shows them in order, and says what is missing", async () => {
    const own = Array.from({ length: 8 }, (_, i) => ({ question: `own ${i}`, target: `So. The answer is ${i}.` }));
    const shown = ["--preset", "lm-eval-cot", "--demonstrations", jsonl("own.jsonl", own)];
    const predictions = jsonl(
      "cot.p.jsonl",
      sums.map((_, i) => ({ output: `Well. The answer is ${i + 1}.` })),
    );
    const scored = ["--data", at("sums.jsonl"), "--predictions", predictions];
    const record = await run(languageCommands.gsm8k, ...scored, ...shown);
    expect(record).toMatchObject({
      metrics: { strict: { value: 1 } },
      settings: { shots: 8 },
      demonstrations: [0, 1, 2, 3, 4, 5, 6, 7],
    });
    await expect(run(languageCommands.gsm8k, ...scored, "--preset", "lm-eval-cot")).rejects.toThrow(
      /--demonstrations: expected the preset's 8 own/,
    );
    await expect(run(languageCommands.gsm8k, ...scored, "--preset", "lm-eval")).rejects.toThrow(
      /such as the train split, received none/,
    );
    await expect(run(languageCommands.gsm8k, ...scored, ...shown, "--shots", "9")).rejects.toThrow(
      "expected 9 rows, received 8 rows",
    );
    await expect(run(languageCommands.math, ...scored, "--preset", "minerva")).rejects.toThrow(
      /--demonstrations: expected the preset's 4 own/,
    );
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
    await expect(run(languageCommands.gsm8k, ...given)).rejects.toThrow(named);
  });
});

it("reads parquet as it reads jsonl", async () => {
  const fixture = new URL("../../../../data/src/__fixtures__/problems-snappy.parquet", import.meta.url);
  copyFileSync(fileURLToPath(fixture), at("rows.parquet"));
  const rows = await loadItems(at("rows.parquet"), (row) => row["problem"], { limit: 3 });
  expect(rows).toHaveLength(3);
  expect(rows.every((text) => typeof text === "string")).toBe(true);
});
