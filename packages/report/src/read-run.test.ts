import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VptError } from "@vpt/contracts";
import { afterEach, beforeEach, expect, it } from "vitest";
import { fixtureSummary, writeFixtureRun } from "./__fixtures__/fixture-run.js";
import { readRun } from "./read-run.js";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "vpt-read-run-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("reads summary, configuration and every log of every method", () => {
  writeFixtureRun(folder, fixtureSummary({ kind: "vision" }));
  const { summary, config, logs } = readRun(folder);
  expect(summary).toEqual(fixtureSummary({ kind: "vision" }));
  expect(config).toMatchObject({ kind: "vision", seed: 0 });
  expect(Object.keys(logs)).toEqual(["baseline", "tilt", "value"]);
  const { metrics, timings, evaluations, probe, "skipped-samples": skipped } = logs["tilt"]!;
  expect([metrics, timings, evaluations, probe, skipped].map(({ length }) => length)).toEqual([4, 4, 4, 4, 1]);
});

it("reads a run whose logs were deleted as one without curves", () => {
  writeFixtureRun(folder, fixtureSummary());
  rmSync(join(folder, "tilt"), { recursive: true });
  expect(readRun(folder).logs["tilt"]!.metrics).toEqual([]);
});

it("refuses a folder without a finished run, another format, and a damaged summary", () => {
  expect(() => readRun(folder)).toThrow(/expected summary.json, found none; give the --out/);
  writeFileSync(join(folder, "summary.json"), "{}");
  expect(() => readRun(folder)).toThrow("summary.json: format 1, this program reads 2: start the run again");
  writeFileSync(join(folder, "summary.json"), "{");
  expect(() => readRun(folder)).toThrow(VptError);
});
