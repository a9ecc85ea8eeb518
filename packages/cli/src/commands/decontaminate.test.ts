import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "citty";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { decontaminateCommand } from "./decontaminate.js";

const folder = mkdtempSync(join(tmpdir(), "vpt-decontaminate-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);
const question =
  "Mia has three red marbles and buys five more at the shop near the old station , how many has she now ?";
const jsonl = (name: string, rows: readonly object[]): void =>
  writeFileSync(at(name), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));

beforeAll(() => {
  jsonl("test.jsonl", [{ question, answer: "#### 8" }]);
  jsonl("train.jsonl", [
    { problem: "What is the derivative of x squared with respect to x at the point two ?", solution: "4", source: "a" },
    { problem: question.replace("now", "today"), solution: "8", source: "b" },
    { problem: "short", solution: "8", source: "c" },
  ]);
});

const run = async (...rawArgs: string[]): Promise<string> => {
  const print = vi.spyOn(console, "log").mockImplementation(() => {});
  try {
    await runCommand(decontaminateCommand, { rawArgs });
    return print.mock.calls.map(([line]) => String(line)).join("\n");
  } finally {
    print.mockRestore();
  }
};

describe("vpt decontaminate", () => {
  it("reports what goes and why, and writes what stays", async () => {
    const against = `toy=${at("test.jsonl")}`;
    const more = [
      "--out",
      at("kept.jsonl"),
      "--report",
      at("report.json"),
      "--drop-sources",
      "c",
      "--recall",
      "--json",
    ];
    const report = JSON.parse(await run(at("train.jsonl"), "--against", against, ...more)) as Record<string, unknown>;
    expect(report).toMatchObject({
      documents: 3,
      kept: 1,
      removed: 1,
      droppedBySource: 1,
      counts: { toy: { jaccard: 1, overlap: 0 } },
      sources: { a: { before: 1, after: 1 }, b: { before: 1, after: 0 }, c: { before: 1, after: 0 } },
      recall: { pairs: 1, recall: 1 },
      examples: [{ document: 1, testSet: "toy", against: question }],
    });
    const kept = readFileSync(at("kept.jsonl"), "utf8").trim().split("\n");
    expect(kept.map((line) => (JSON.parse(line) as { source: string }).source)).toEqual(["a"]);
    expect(JSON.parse(readFileSync(at("report.json"), "utf8"))).toHaveProperty("removed.0.text");
    await expect(run(at("train.jsonl"), "--against", against, "--out", at("kept.jsonl"))).rejects.toThrow(
      "exists already",
    );
  });

  it("says it in words", async () => {
    const text = await run(at("train.jsonl"), "--against", at("test.jsonl"));
    expect(text).toMatch(/3 rows in .* s: 2 stay, 1 repeat a benchmark, 0 dropped by source/);
    expect(text).toContain("row 1, test, jaccard, J 0.");
  });

  it.each([
    [["--against", "nowhere.jsonl"], /nowhere\.jsonl: no such file/],
    [["--against", "a=x.jsonl,a=y.jsonl"], /--against: two sets are called "a"/],
    [["--against", "t=T", "--part", "source"], /--part: expected one of question, answer/],
    [["--against", "t=T", "--threshold", "1"], /--threshold/],
  ])("refuses %j", async (args, message) => {
    await expect(run(at("train.jsonl"), ...args)).rejects.toThrow(message);
    expect(existsSync(at("nothing"))).toBe(false);
  });
});
