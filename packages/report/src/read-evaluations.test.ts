import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { fixtureEvaluation } from "./__fixtures__/fixture-evaluation.js";
import { describeFolder } from "./describe-folder.js";
import { readEvaluations } from "./read-evaluations.js";
import { fixtureSummary, writeFixtureRun } from "./__fixtures__/fixture-run.js";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "vpt-evaluations-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (path: string, content: unknown): void => {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  writeFileSync(join(folder, path), typeof content === "string" ? content : JSON.stringify(content));
};

it("finds records in the folder and in the folders in it, by name, and nothing else", () => {
  write("gsm8k.record.json", fixtureEvaluation({ task: "gsm8k", headline: "accuracy" }));
  write("seg/record.json", fixtureEvaluation({ task: "segmentation" }));
  write("seg/deep/record.json", fixtureEvaluation({ task: "too deep" }));
  write("gsm8k.jsonl", "{}");
  write("records.json", "{");
  expect(readEvaluations(folder).map(({ path, record }) => [path, record.task])).toEqual([
    [join(folder, "gsm8k.record.json"), "gsm8k"],
    [join(folder, "seg", "record.json"), "segmentation"],
  ]);
});

it("finds none in a folder without them, in a file, and in a place that is not there", () => {
  write("file", "text");
  expect([folder, join(folder, "file"), join(folder, "nowhere")].flatMap(readEvaluations)).toEqual([]);
});

it("takes a record without omissions for one that left nothing out, and null for no number", () => {
  const { quarantined: _, ...record } = fixtureEvaluation({ metrics: { mIoU: [0.5, NaN] }, groups: { sky: [NaN, 3] } });
  write("record.json", record);
  const [{ record: read }] = readEvaluations(folder) as [ReturnType<typeof readEvaluations>[number]];
  expect(read.quarantined).toEqual([]);
  expect(read.metrics["mIoU"]).toMatchObject({ value: 0.5, ci95: [NaN, NaN] });
  expect(read.groups["sky"]!.value).toBeNaN();
  expect(read.groups["sky"]!.n).toBe(3);
});

it("says which record is damaged, what was expected and what to do", () => {
  write("record.json", "{");
  expect(() => readEvaluations(folder)).toThrow(
    /record\.json: expected the record of an evaluation, received no JSON \(.*\); run vpt eval again/,
  );
  for (const text of ["[]", "null", "3", `{"task": "x"}`]) {
    write("record.json", text);
    expect(() => readEvaluations(folder)).toThrow(/received a file without task, metrics and headline/);
  }
});

it("describes a folder of evaluations, or a run, and refuses a folder of neither", () => {
  expect(() => describeFolder(folder)).toThrow(/expected summary.json, found none; .* or of a vpt eval$/);
  write(
    "a.record.json",
    fixtureEvaluation({ task: "gsm8k", headline: "accuracy", metrics: { accuracy: [0.25, 0.1] } }),
  );
  write("b/record.json", fixtureEvaluation());
  const { text, summaries } = describeFolder(folder);
  expect(text).toBe(
    [
      "gsm8k (dinov3-linear), 4 items; 95 % intervals",
      "  accuracy       0.2500  [0.1500, 0.3500]  ← primary",
      "",
      "segmentation (dinov3-linear), 4 items; 95 % intervals",
      "  mIoU           0.4000  [0.3000, 0.5000]  ← primary",
    ].join("\n"),
  );
  expect(summaries).toHaveLength(2);
  expect(summaries[0]).not.toHaveProperty("perItem");
  writeFixtureRun(join(folder, "run"), fixtureSummary());
  expect(describeFolder(join(folder, "run")).text).toMatch(/^smollm2, 4 steps a method/);
  expect(describeFolder(join(folder, "run")).summaries).toEqual([fixtureSummary()]);
});
