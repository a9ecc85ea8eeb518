import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { subjects } from "@vpt/eval/mmlu";
import { afterAll, describe, expect, it } from "vitest";
import { loadMmlu } from "./load-mmlu.js";

const folder = mkdtempSync(join(tmpdir(), "vpt-load-mmlu-"));
afterAll(() => rmSync(folder, { recursive: true }));

const names = Object.values(subjects).flat();
const csvFolder = (name: string, of: readonly string[]): string => {
  const path = join(folder, name);
  mkdirSync(join(path, "test"), { recursive: true });
  for (const subject of of) writeFileSync(join(path, "test", `${subject}_test.csv`), "Q?,a,b,c,d,B\nR?,a,b,c,d,D\n");
  return path;
};
const jsonl = (name: string, rows: readonly object[]): string => {
  const path = join(folder, name);
  writeFileSync(path, rows.map((row) => JSON.stringify(row)).join("\n"));
  return path;
};
const row = { question: "Q?", choices: ["a", "b", "c", "d"], answer: 1 };

describe("loadMmlu", () => {
  it("takes the authors' folder of 57 files, and rows that name their subject", async () => {
    const items = await loadMmlu(csvFolder("whole", names));
    expect(items).toHaveLength(114);
    expect(new Set(items.map(({ subject }) => subject))).toEqual(new Set(names));
    expect(items.slice(0, 2).map(({ answer }) => answer)).toEqual([1, 3]);
    const rows = names.map((subject) => ({ ...row, subject }));
    expect(await loadMmlu(jsonl("rows.jsonl", rows))).toHaveLength(57);
  });

  it("refuses a part of the benchmark, and says which subject has no row", async () => {
    const part = names.filter((name) => name !== "virology");
    await expect(loadMmlu(csvFolder("part", part))).rejects.toThrow(
      /part: rows of 56 subjects, expected 57; the first without a row is virology\. Give MMLU's own folder/,
    );
    const two = jsonl("two.jsonl", [
      { ...row, subject: "anatomy" },
      { ...row, subject: "virology" },
    ]);
    expect(await loadMmlu(two, { subjects: 2 })).toHaveLength(2);
  });

  it("refuses rows without a subject, whatever their type, and subjects that MMLU does not have", async () => {
    const first = { ...row, subject: "anatomy" };
    await expect(loadMmlu(jsonl("none.jsonl", [first, { ...row, type: "anatomy" }]), { subjects: 1 })).rejects.toThrow(
      /none\.jsonl:2: .*field "subject" is missing/,
    );
    await expect(loadMmlu(jsonl("odd.jsonl", [{ ...row, subject: "cooking" }]), { subjects: 1 })).rejects.toThrow(
      /odd\.jsonl:1: .*subject "cooking" is none of the 57/,
    );
  });

  const stem = `${process.env["VPT_DATA"] ?? "../shared/data"}/mmlu_stem/test.jsonl`;
  if (!existsSync(stem)) console.warn(`skipped: ${stem} is not there; set VPT_DATA`);
  it.skipIf(!existsSync(stem))("refuses the STEM rows, which have no subject", async () => {
    await expect(loadMmlu(stem)).rejects.toThrow(/test\.jsonl:1: .*field "subject" is missing/);
  });
});
