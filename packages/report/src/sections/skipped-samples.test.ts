import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { fixtureSummary } from "../__fixtures__/fixture-run.js";
import type { FinishedRun, MethodLogs } from "../read-run.js";
import { skippedSamplesSection } from "./skipped-samples.js";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "vpt-skipped-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const logsOf = (...names: readonly string[]): MethodLogs => ({
  metrics: [],
  timings: [],
  evaluations: [],
  probe: [],
  "skipped-samples": names.map((name) => ({ step: 0, name, reason: `${name} is torn` })),
});
const run = (counts: Record<string, number> | undefined, logs: FinishedRun["logs"] = {}): FinishedRun => {
  const { skippedSamples: _, ...summary } = fixtureSummary();
  return { folder, summary: { ...summary, ...(counts && { skippedSamples: counts }) }, config: undefined, logs };
};

it("is left out where every sample was used", () => {
  expect(skippedSamplesSection(run(undefined))).toBeUndefined();
  expect(skippedSamplesSection(run({ unlabeled: 0, test: 0 }, { value: logsOf() }))).toBeUndefined();
});

it("counts by data set and lists each sample once, though two methods met it", () => {
  const { html } = skippedSamplesSection(run({ unlabeled: 2, test: 0 }, { a: logsOf("x", "y"), b: logsOf("x") }))!;
  expect(html).toContain("2 of unlabeled could not be used");
  expect(html.match(/<li>/g)).toHaveLength(2);
  expect(html).toContain("<b>x</b>: x is torn");
});

it("takes the run's own list before the methods', and counts it where the summary does not", () => {
  const line = JSON.stringify({ step: 0, set: "labelled", name: "<l>", reason: "no & label" });
  writeFileSync(join(folder, "skipped-samples.jsonl"), line);
  const { html } = skippedSamplesSection(run(undefined, { a: logsOf("x") }))!;
  expect(html).toContain("1 in all could not be used");
  expect(html).toContain("<b>&lt;l&gt;</b>: no &amp; label");
  expect(html).not.toContain("<b>x</b>");
});

it("shows fifty and says where the others are", () => {
  const names = Array.from({ length: 53 }, (_, i) => `image ${i}`);
  const { html } = skippedSamplesSection(run({ unlabeled: 53 }, { a: logsOf(...names) }))!;
  expect(html.match(/<li>/g)).toHaveLength(50);
  expect(html).toContain("3 more are in skipped-samples.jsonl.");
});
