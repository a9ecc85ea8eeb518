import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { run, runAndKill } from "./vpt-process.js";

const folder = mkdtempSync(join(tmpdir(), "vpt-corpus-"));
afterAll(() => rmSync(folder, { recursive: true }));
const config = join(folder, "run.config.mjs");
const train = (out: string, ...args: string[]): string[] => ["train", config, "--out", join(folder, out), ...args];
const write = (name: string, rows: readonly object[]): string => {
  writeFileSync(join(folder, name), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  return join(folder, name);
};

beforeAll(() => {
  const problems = write(
    "problems.jsonl",
    Array.from({ length: 30 }, (_, i) => ({ problem: `How much is ${i} + ${2 * i}?`, solution: `It is ${3 * i}.` })),
  );
  const texts = write(
    "texts.jsonl",
    Array.from({ length: 9 }, (_, i) => ({ text: `The ${i}th text of nine. `.repeat(1 + i) })),
  );
  const corpus = [
    { file: problems, weight: 3 },
    { file: texts, text: "text" },
  ];
  // Everything that a resumed run must find again: two buffers, two packers, the mixture, the dropout keys, within
  // micro-batches
  writeFileSync(
    config,
    `export default {
      model: "tiny", steps: 8, methods: ["value"], batchSize: 2, gradientAccumulation: 2,
      saveEvery: 2, probeEvery: 4, trainableBlocks: 1,
      data: {
        unlabeled: { streaming: ${JSON.stringify(corpus)}, tokens: 64, maskDocuments: true, shuffleBuffer: 8 },
        feedback: [{ synthetic: "problems", limit: 6 }, { synthetic: "problems", seed: 2, limit: 4 }],
        probeRows: { synthetic: "problems", seed: 1, limit: 2 },
        test: { synthetic: "problems", split: "test", limit: 2 } },
      learner: { lora: { rank: 2, alpha: 4, dropout: 0.2 } }, answerTokens: 160,
      designer: { layers: 1, width: 16, heads: 2, candidates: 4 },
      value: { feedbackBatchSize: 3, initialFeedbackBatches: 2 },
    };`,
  );
});

const filesOf = (out: string) => ({
  metrics: readFileSync(join(folder, out, "value", "metrics.jsonl"), "utf8"),
  tensors: readdirSync(join(folder, out, "value", "checkpoints", "8"))
    .filter((name) => name.endsWith(".safetensors"))
    .map((name) => readFileSync(join(folder, out, "value", "checkpoints", "8", name)).toString("base64")),
});

it("a run on a streamed mixture with dropout, killed with -9, goes on bit for bit", { timeout: 300_000 }, async () => {
  const whole = run(...train("whole"));
  expect(whole.status, whole.stderr).toBe(0);
  for (const stopAt of [1, 5]) {
    const out = `killed-${stopAt}`;
    await runAndKill(train(out), join(folder, out, "value", "metrics.jsonl"), stopAt);
    const resumed = run(...train(out, "--resume"));
    expect(resumed.status, resumed.stderr).toBe(0);
    expect(filesOf(out)).toEqual(filesOf("whole"));
  }
  const losses = filesOf("whole")
    .metrics.trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { loss: number }).loss);
  expect(new Set(losses).size).toBe(8);
});

it("says what is wrong with a corpus, and writes nothing", { timeout: 120_000 }, () => {
  const refuses = (set: string, message: RegExp): void => {
    const { status, stderr } = run(...train("wrong", "--set", set));
    const lines = stderr.split("\n").filter((line) => line.startsWith("vpt: "));
    expect({ status, lines }).toEqual({ status: 1, lines: [expect.stringMatching(message)] });
  };
  refuses(
    'data.unlabeled={"streaming":{"file":"a","dataset":"b/c"}}',
    /"data\.unlabeled\.streaming": expected either "file" or "dataset"/,
  );
  refuses(
    'data.unlabeled={"streaming":{"file":"a","wieght":2}}',
    /unknown key "data\.unlabeled\.streaming\.wieght"; did you mean "weight"/,
  );
  refuses(
    'data.unlabeled={"streaming":{"file":"a"},"packing":"tight"}',
    /"data\.unlabeled\.packing": .*received "tight"/,
  );
  refuses('data.unlabeled={"streaming":{"file":"nowhere.jsonl"}}', /nowhere\.jsonl: no such file/);
  expect(existsSync(join(folder, "wrong", "value", "checkpoints"))).toBe(false);
});
