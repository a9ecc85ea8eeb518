import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VptError } from "@vpt/contracts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fixtureDiagnostics } from "./__fixtures__/fixture-diagnostics.js";
import { fixtureEvaluation } from "./__fixtures__/fixture-evaluation.js";
import { fixtureSummary, writeFixtureRun, type FixtureOptions } from "./__fixtures__/fixture-run.js";
import type { Draw } from "./charts/chart.js";
import { writeProbeFile } from "./probe-file.js";
import { writeReport } from "./write-report.js";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "vpt-report-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const run = (name: string, options: FixtureOptions): string =>
  writeFixtureRun(join(folder, name), fixtureSummary(options));
/** Stands for the chart packages, which take seconds. */
const drawNothing: Draw = async (spec) => `<svg class="drawn">${JSON.stringify(spec).length}</svg>`;
const report = async (folders: readonly string[], draw: Draw = drawNothing): Promise<string> =>
  readFileSync(await writeReport(folders, join(folder, "out"), { draw }), "utf8");
const count = (html: string, pattern: RegExp): number => [...html.matchAll(pattern)].length;

describe("writeReport", () => {
  it("says in words what came of a language run, then shows scores, curves, targets, samples and setup", async () => {
    const html = await report([run("a", {})]);
    const text = html.replace(/<[^>]*>/g, " ");
    expect(text.indexOf("tilt gained 0.0230")).toBeGreaterThan(0);
    expect(text.indexOf("tilt gained 0.0230")).toBeLessThan(text.indexOf("After 4 steps"));
    for (const part of ["Value V", "Targets of tilt", "Two and two are", "2026-11-29", "2.69 GB", "Terms"])
      expect(text).toContain(part);
    expect(html).toContain("<b>␣are 0.75");
    expect(count(html, /type="radio"/g)).toBe(3);
    expect(html).toContain('value="seconds" > seconds of training');
  });

  it("draws every curve against steps, tokens and seconds", async () => {
    const html = await report([run("a", {})]);
    const curves = count(html, /class="by-steps"/g);
    expect(curves).toBeGreaterThan(8);
    expect([count(html, /class="by-units"/g), count(html, /class="by-seconds"/g)]).toEqual([curves, curves]);
    expect(html).toContain('aria-label="Value V = ⟨g, ∇L⟩ against tokens; last values: tilt 0.03, value 0.03"');
  });

  it("shows what vpt probe found where there is a probe.json", async () => {
    const folderOfRun = run("a", {});
    expect(await report([folderOfRun])).not.toContain("Probe of the checkpoints");
    const record = { method: "value", step: 4, skipped: 0, steps: {}, diagnostics: fixtureDiagnostics };
    await writeProbeFile(folderOfRun, [record]);
    const html = await report([folderOfRun]);
    expect(html).toContain("<h4>value at step 4</h4>");
    expect(html).toContain("<li>Theorem 3.1: ");
    expect(html).toContain("Lemma 3.3: batches beside all probe rows");
  });

  it("shows a vision run's pictures, skipped samples and stall", async () => {
    const html = await report([run("a", { kind: "vision" })]);
    expect(html).toContain('<img alt="value: Global crops, learned masks');
    expect(html).toContain("<b>torn.png</b>: cut short");
    expect(html).toContain("5.5 % of the time");
    expect(count(html, /<li>/g)).toBe(1);
  });

  it("puts seeds into one section with Student's intervals, and other runs into sections of their own", async () => {
    const seeds = [0, 1].map((seed) => run(`seed-${seed}`, { kind: "vision", seed }));
    const html = await report([...seeds, run("language", {}), seeds[0]!]);
    expect(count(html, /<section class="run">/g)).toBe(2);
    expect(html).toContain("vision, 4 steps, seeds 0, 1");
    expect(html).toContain("n = 2 seeds");
    expect(html).toContain("Left out, since they repeat a seed");
    expect(count(html, /name="axis-1"/g)).toBe(3);
    const swatches = [...html.matchAll(/background:(#\w+)"><\/span>tilt/g)].map((match) => match[1]);
    expect(new Set(swatches).size).toBe(1);
  });

  it("leaves charts out with a sentence where the packages are missing", async () => {
    const html = await report([run("a", {})], () => Promise.reject(new VptError("charts: npm install vega vega-lite")));
    expect(html).toContain("Charts are left out. charts: npm install vega vega-lite");
    expect(html).not.toContain("<svg");
    expect(html).toContain("Targets of tilt");
  });

  it("escapes whatever a run's files say", async () => {
    const attack = `"><script>alert('x')</script>`;
    const summary = fixtureSummary();
    const samples = [{ prompt: attack, text: attack }];
    const path = writeFixtureRun(join(folder, "attack"), {
      ...summary,
      model: attack,
      backend: attack,
      data: { [attack]: 1 },
      finishedAt: attack,
      environment: { [attack]: attack },
      metrics: summary.metrics.map((metric) => ({ ...metric, label: attack })),
      before: { ...summary.before, samples },
      skippedSamples: { [attack]: 1 },
    });
    writeFileSync(join(path, "config.json"), JSON.stringify({ attack }));
    writeFileSync(
      join(path, "tilt", "skipped-samples.jsonl"),
      JSON.stringify({ step: 0, name: attack, reason: attack }),
    );
    writeFileSync(join(path, "tilt", "metrics.jsonl"), JSON.stringify({ step: 0, [attack]: 1 }));
    const targets = JSON.parse(readFileSync(join(path, "tilt", "targets.json"), "utf8"));
    for (const position of [targets.before.positions[0], targets.after.positions[0]])
      Object.assign(position, { context: attack, truth: attack });
    writeFileSync(join(path, "tilt", "targets.json"), JSON.stringify(targets));
    const html = await report([path]);
    expect(html).not.toContain("<script");
    expect(count(html, /&lt;script&gt;/g)).toBeGreaterThan(12);
  });

  it("holds everything it shows and draws real charts", async () => {
    const path = run("a", { methods: ["baseline", "<i>"] });
    for (const log of ["metrics", "timings"]) rmSync(join(path, "<i>", `${log}.jsonl`)); // a chart takes a while
    for (const log of ["metrics", "timings"]) rmSync(join(path, "baseline", `${log}.jsonl`));
    const html = readFileSync(await writeReport([path], folder), "utf8");
    expect(html).toContain('<svg role="img" aria-label="');
    expect(html).toContain("currentColor");
    expect(html).not.toMatch(/<script|<link|@import|url\(|<i>|(src|href)="(?!data:)/);
  });

  it("shows a folder of evaluations, a section each, without curves or setup", async () => {
    const evaluations = join(folder, "evaluations");
    mkdirSync(join(evaluations, "seg"), { recursive: true });
    const gsm8k = fixtureEvaluation({ task: "gsm8k", headline: "accuracy", metrics: { accuracy: [0.25, 0.1] } });
    const left = [{ name: "<b>torn", reason: "cut short" }];
    const seg = fixtureEvaluation({ groups: { wall: [0.6, 3], none: [0, 0] }, quarantined: left as never });
    writeFileSync(join(evaluations, "gsm8k.record.json"), JSON.stringify(gsm8k));
    writeFileSync(join(evaluations, "seg", "record.json"), JSON.stringify(seg));
    const html = await report([evaluations]);
    expect(count(html, /<section class="evaluation">/g)).toBe(2);
    expect(html).toContain("vit reaches accuracy 25.0 % (95 % interval 15.0 % to 35.0 %, n = 4).");
    expect(html).toContain(
      "vit reaches mIoU 40.0 % (95 % interval 30.0 % to 50.0 %, n = 3; 1 more could not be used).",
    );
    expect(html).toContain("<b>&lt;b&gt;torn</b>: cut short");
    expect(html).toContain("<b>60.0 %</b>");
    expect(html).not.toMatch(/title="none"|Curves against|<h3>Setup/);
  });

  it("shows runs beside evaluations, and refuses to write over an evaluation's own report", async () => {
    const evaluation = join(folder, "evaluation");
    mkdirSync(evaluation);
    writeFileSync(join(evaluation, "record.json"), JSON.stringify(fixtureEvaluation()));
    const html = await report([evaluation, run("a", { kind: "vision" })]);
    expect([count(html, /<section class="run">/g), count(html, /<section class="evaluation">/g)]).toEqual([1, 1]);
    await expect(writeReport([evaluation], evaluation)).rejects.toThrow(
      /vpt eval wrote its report.html there; expected another folder for this one/,
    );
  });

  it("shows two vision runs that differ in more than the seed beside each other, under one glossary", async () => {
    const [few, many] = [run("few", { kind: "vision" }), run("many", { kind: "vision", steps: 8 })];
    const html = await report([few, many]);
    expect(count(html, /<section class="run">/g)).toBe(2);
    expect([html.includes("vision, 4 steps, seed 0"), html.includes("vision, 8 steps, seed 0")]).toEqual([true, true]);
    expect(count(html, /<h2>Terms<\/h2>/g)).toBe(1);
    expect(count(html, /<img alt="value: /g)).toBe(2);
    expect(count(html, /tilt gained 0.0200 in mIoU/g)).toBe(2);
  });

  it("shows a method that one of two seeds lacks, a run without logs, and no masks where none were drawn", async () => {
    const seeds = [
      run("seed-0", { kind: "vision", seed: 0 }),
      run("seed-1", { kind: "vision", seed: 1, methods: ["baseline", "tilt"] }),
    ];
    for (const path of seeds)
      writeFileSync(join(path, "config.json"), JSON.stringify({ kind: "vision", seed: seeds.indexOf(path) }));
    rmSync(join(seeds[1]!, "tilt"), { recursive: true });
    const html = await report(seeds);
    expect(html).toContain("vision, 4 steps, seeds 0, 1");
    expect(html).toContain("value (seed 0)");
    expect(count(html, /<details><summary>Details of seed/g)).toBe(2);
    expect(count(html, /<img /g)).toBe(1);
  });

  it("refuses a folder that holds no run", async () => {
    await expect(writeReport([folder], folder)).rejects.toThrow(VptError);
  });
});
