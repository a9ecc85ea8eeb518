import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { loadRows } from "./load-rows.js";

const folder = mkdtempSync(join(tmpdir(), "vpt-rows-"));
afterAll(() => rmSync(folder, { recursive: true }));
const lines = (name: string, ...rows: object[]): string => {
  const file = join(folder, name);
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  return file;
};

describe("rows of a source", () => {
  it("are found by the layout: NuminaMath, GSM8K, MathInstruct", async () => {
    const file = lines(
      "mixed.jsonl",
      { problem: "a?", solution: "1" },
      { question: "b?", answer: "2" },
      { instruction: "c?", output: "3" },
    );
    expect(await loadRows({ file, skip: 1 })).toEqual([
      { question: "b?", answer: "2" },
      { question: "c?", answer: "3" },
    ]);
  });

  it("are those of the fields named, with what is to be stripped gone", async () => {
    const file = lines("named.jsonl", { problem: "a?", solution: "wrong", Body: "b?", Answer: "2<<1+1>>" });
    expect(await loadRows({ file, question: "Body", answer: "Answer", strip: "<<[^>]*>>", skip: 0 })).toEqual([
      { question: "b?", answer: "2" },
    ]);
    await expect(loadRows({ file, question: "Body", skip: 0 })).rejects.toThrow('field "answer" is missing');
  });

  it("come from parquet as well", async () => {
    const file = fileURLToPath(new URL("../../../data/src/__fixtures__/problems-snappy.parquet", import.meta.url));
    const [first] = await loadRows({ file, skip: 1, limit: 2 });
    expect(first).toEqual({ question: "What is 1 + 1? ±∑", answer: "It is $\\boxed{2}$." });
  });
});
