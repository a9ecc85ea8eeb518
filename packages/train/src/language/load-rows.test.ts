import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { parseRunConfig } from "./config.js";
import { loadRows as load } from "./load-rows.js";

const folder = mkdtempSync(join(tmpdir(), "vpt-rows-"));
afterAll(() => rmSync(folder, { recursive: true }));
const lines = (name: string, ...rows: object[]): string => {
  const file = join(folder, name);
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  return file;
};

/** Reads a source as a configuration names it, with the defaults of its schema. */
const loadRows = (feedback: object, log?: (line: string) => void) => {
  const other = { synthetic: "problems" };
  const { data } = parseRunConfig({ data: { unlabeled: other, feedback, test: other } }, "test");
  return load([data.feedback].flat()[0]!, log);
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

  it("are whole texts, of a field or of the lines of a .txt file", async () => {
    const file = lines("texts.jsonl", { body: "one <<x>>text" }, { body: "another" });
    expect(await loadRows({ file, text: "body", strip: "<<[^>]*>>" })).toEqual([
      { answer: "one text" },
      { answer: "another" },
    ]);
    const plain = join(folder, "plain.txt");
    writeFileSync(plain, "\uFEFFfirst line\r\n\n  \nsecond ± line");
    expect(await loadRows({ file: plain })).toEqual([{ answer: "first line" }, { answer: "second ± line" }]);
    expect(() => loadRows({ file: plain, text: "text", question: "q" })).toThrow(/either "text" or "question"/);
  });

  it("name the fields that are there where question and answer are not found", async () => {
    const file = lines("unknown.jsonl", { Body: "b?", Answer: "2" });
    await expect(loadRows({ file })).rejects.toThrow(
      /unknown\.jsonl:1: no question with an answer; .*; fields: Body, Answer; name those .* "question" and "answer"/,
    );
    await expect(loadRows({ file, question: "Body" })).rejects.toThrow(
      'field "answer" is missing, expected text; fields: Body, Answer',
    );
    await expect(loadRows({ file, text: "text" })).rejects.toThrow('field "text" is missing, expected text; fields:');
  });

  it("leave out bad rows where the source says so, and say which", async () => {
    const many = Array.from({ length: 400 }, (_, i) => ({ question: `q${i}?`, answer: "1" }));
    const file = lines("bad.jsonl", ...many.slice(0, 2), { question: "no answer" }, ...many.slice(2));
    await expect(loadRows({ file })).rejects.toThrow(/bad\.jsonl:3: .*onBadSample: "skip"/);
    const said: string[] = [];
    expect(await loadRows({ file, onBadSample: "skip" }, (line) => said.push(line))).toEqual(many);
    expect(said).toEqual([expect.stringMatching(/^left out .*bad\.jsonl:3: no question/), "left out 1 of 401 rows"]);
  });
});
