import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { decontaminateStream } from "./decontaminate-stream.js";
import { exportMethod } from "./export-method.js";

const folder = mkdtempSync(join(tmpdir(), "vpt-decontaminate-"));
const write = (name: string, rows: readonly object[]): string => {
  writeFileSync(join(folder, name), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  return join(folder, name);
};
const asked =
  "A farmer has twelve cows and buys seven more at the market on Monday before he sells three of them to his neighbour";
const body = "There are eighty seven oranges and two hundred ninety bananas in the collection of Philip in the kitchen";
const question = "How big is each group of bananas when they are organised into two groups of the same size?";
const other = "How many wheels do nine bicycles and four cars have when each car carries one spare wheel in its trunk";

it("leaves out rows that repeat a question of the test, says how many, and keeps the others whole", async () => {
  const test = write("test.jsonl", [{ question: asked, answer: "16" }]);
  const rows = [
    { question: other, answer: "38" },
    { question: asked, answer: "sixteen" },
    { question: `${body} ${question}`, answer: "9" },
  ];
  const train = write("train.jsonl", [{ Body: body, Question: question, Answer: 9 }]); // as SVAMP has it
  const [stream, out] = [write("stream.jsonl", rows), join(folder, "kept.jsonl")];
  const lines: string[] = [];
  const progress = { setStatus: () => {}, log: (line: string) => void lines.push(line) };
  await decontaminateStream({ part: "decontaminate", stream, against: { test, train }, out }, progress);
  const kept = readFileSync(out, "utf8").trim().split("\n");
  expect(kept.map((line) => JSON.parse(line) as object)).toEqual([rows[0]]);
  expect(lines).toEqual(["stream: 3 rows, 2 repeat test, train, 1 stay"]);
});

it("refuses to export a run without the checkpoint, and names the folder and the step", async () => {
  writeFileSync(join(folder, "config.json"), JSON.stringify({ model: "tiny", seed: 0, keepCheckpoints: 2 }));
  const command = { part: "export", run: folder, method: "value", out: join(folder, "model") } as const;
  const progress = { setStatus: () => {}, log: () => {} };
  await expect(exportMethod({ ...command, step: 20 }, progress)).rejects.toThrow(
    /value\/checkpoints: no whole checkpoint of step 20$/,
  );
  await expect(exportMethod(command, progress)).rejects.toThrow(/value\/checkpoints: no whole checkpoint$/);
});
