import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { machineLine } from "./machine-line.js";
import { seedStudy } from "./seed-study.js";
import { readStudyResult, writeStudyResult } from "./study-files.js";

const folder = (): string => mkdtempSync(join(tmpdir(), "vpt-study-files-"));
const study = seedStudy({
  name: "toy",
  seeds: 1,
  firstSeed: 1,
  settings: {},
  row: async (seed) => ({ seed, x: seed }),
  summarize: (rows: readonly { readonly seed: number; readonly x: number }[]) => ({
    total: rows.reduce((sum, { x }) => sum + x, 0),
    failures: [],
  }),
  page: ({ total }) => ({ title: "Toy", answer: `The total is ${total}.`, body: [] }),
});
const json = {
  study: "toy",
  scale: "tiny",
  machine: "commit abc, 2 × processor",
  backend: "TensorFlow",
  settings: {},
  minutes: 1,
  rows: [{ seed: 1, x: 1 / 3 }],
};

it("writes the JSON, the page and the picture under the study's name and scale", () => {
  const out = join(folder(), "evidence");
  writeStudyResult(out, "toy", { json, text: "# Toy", figure: "<svg/>", failures: [] });
  expect(readFileSync(join(out, "toy-tiny.md"), "utf8")).toBe("# Toy\n");
  expect(readFileSync(join(out, "toy-tiny.svg"), "utf8")).toBe("<svg/>");
  expect(JSON.parse(readFileSync(join(out, "toy-tiny.json"), "utf8"))).toMatchObject({ rows: [{ x: 0.3333333 }] });
});

it("writes no picture where a study has none", () => {
  const out = folder();
  writeStudyResult(out, "toy", { json, text: "", failures: [] });
  expect(existsSync(join(out, "toy-tiny.svg"))).toBe(false);
});

it("makes the same page again from what it wrote", async () => {
  const out = folder();
  const first = await study.fromRows!(json);
  writeStudyResult(out, "toy", first);
  const again = await readStudyResult("toy", study, join(out, "toy-tiny.json"));
  expect(again.text.replace("0.3333333.", "0.3333333333333333.")).toBe(first.text);
  expect(first.text).toContain("Commit abc, 2 × processor; TensorFlow; 1.0 minutes.");
});

it("refuses a study that cannot, a file that is not there, one that is no JSON, and another study's rows", async () => {
  const { fromRows: _, ...unable } = study;
  await expect(readStudyResult("toy", unable, "x.json")).rejects.toThrow("repro toy: --from is not for this study");
  await expect(readStudyResult("toy", study, "/nowhere/x.json")).rejects.toThrow(
    "--from /nowhere/x.json: no such file",
  );
  const path = join(folder(), "x.json");
  writeFileSync(path, "{");
  await expect(readStudyResult("toy", study, path)).rejects.toThrow(/x\.json: is not JSON: /);
  for (const other of [{ study: "other", rows: [] }, { study: "toy" }, { study: "toy", rows: {} }]) {
    writeFileSync(path, JSON.stringify(other));
    await expect(readStudyResult("toy", study, path)).rejects.toThrow(/holds no rows of this study; give a NAME-SCALE/);
  }
});

it("keeps what a person wrote about the rows", async () => {
  const prose = { answer: "**By hand.**", notes: "A note." };
  const { text, json: kept } = await study.fromRows!({ ...json, prose });
  expect(text).toContain("# Toy\n\n**By hand.**\n\nA note.\n\n## How it was run");
  expect(kept["prose"]).toEqual(prose);
});

it("says what a result was measured with: commit, processors, Node", () => {
  expect(machineLine()).toMatch(/^commit ([0-9a-f]{7,}|unknown), \d+ × .+, Node v\d+\.\d+\.\d+$/);
});
