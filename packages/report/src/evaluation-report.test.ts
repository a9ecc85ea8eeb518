import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LoadedEvaluationRecord } from "@vpt/eval/imagenet";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { writeEvaluationReport } from "./evaluation-report.js";
import { describeEvaluation, finishEvaluation } from "./finish-evaluation.js";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "vpt-evaluation-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const estimate = (value: number) => ({ value, stderr: 0.01, ci95: [value - 0.02, value + 0.02], method: "t" }) as const;
const attack = `"><script>alert('x')</script>`;
const record = {
  task: "ade20k",
  protocol: "dinov3-linear",
  protocolVersion: 1,
  model: "vit",
  settings: { size: 512 },
  n: 10,
  headline: "mIoU",
  metrics: { mIoU: estimate(0.4), rmse: estimate(1.25), top1_lr1: estimate(0.7) },
  groups: { wall: { ...estimate(0.5), n: 4 }, sky: { ...estimate(NaN), n: 1 }, none: { ...estimate(0), n: 0 } },
  perItem: [],
  quarantined: [{ name: attack, reason: "torn" }],
} as unknown as LoadedEvaluationRecord;
const extras = {
  model: "vit",
  pictures: [{ id: attack, note: "90 %", pictures: [{ caption: "truth", png: "AAAA" }] }],
  classes: ["wall", attack],
  classColour: (label: number) => [label, 2, 3] as const,
  depthRange: ["near", "far"] as const,
  notes: [attack],
};

it("opens with the primary metric, its interval and n, then shows scores, classes, pictures, omissions", async () => {
  const html = readFileSync(await writeEvaluationReport(join(folder, "report.html"), record, extras), "utf8");
  expect(html).toContain("vit reaches mIoU 40.0 % (95 % interval 38.0 % to 42.0 %, n = 9; 1 more could not be used).");
  expect(html).toContain("1.2500");
  expect(html).toContain("Every head of the grid");
  expect(html).toContain('style="width:50%;background:rgb(0,2,3)"');
  expect(html).not.toContain('title="none"');
  expect(html).toContain("data:image/png;base64,AAAA");
  expect(html).toContain("mean over classes of intersection over union");
});

it("escapes names, notes and reasons", async () => {
  const html = readFileSync(await writeEvaluationReport(join(folder, "report.html"), record, extras), "utf8");
  expect(html).not.toContain("<script");
  expect(html.match(/&lt;script&gt;/g)!.length).toBeGreaterThan(3);
});

it("says that a score is missing rather than inventing one", async () => {
  const path = join(folder, "report.html");
  const bare = { ...record, metrics: {}, groups: {}, quarantined: [] };
  const html = readFileSync(await writeEvaluationReport(path, bare, { model: "vit", pictures: [] }), "utf8");
  expect(html).toContain("vit has no mIoU.");
  expect(html).not.toMatch(/Pictures|Left out|by group/);
});

it("writes record and report, and prints the scores", async () => {
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  await finishEvaluation(record, { ...extras, out: join(folder, "out") });
  await finishEvaluation(record, { ...extras, out: join(folder, "out"), json: true });
  const [[text], [json]] = log.mock.calls as [[string], [string]];
  log.mockRestore();
  expect(text).toContain("ade20k (dinov3-linear), 9 items, 1 left out; 95 % intervals");
  expect(text).toContain("  mIoU           0.4000  [0.3800, 0.4200]  ← primary");
  expect(JSON.parse(json)).toMatchObject({ task: "ade20k", report: join(folder, "out", "report.html") });
  expect(JSON.parse(readFileSync(join(folder, "out", "record.json"), "utf8"))).toMatchObject({ n: 10, perItem: [] });
  expect(describeEvaluation(record)).not.toContain("top1_lr1");
});
