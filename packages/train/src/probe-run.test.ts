import { mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { parseConfig } from "./config/load-config.js";
import { probeRun, readRunConfig, readSavedConfig } from "./probe-run.js";
import { createProgress } from "./progress.js";
import { runExperiment } from "./run-experiment.js";
import { tinyVision } from "./testing/tiny-vision.js";
import { visionWorkload } from "./vision/vision-workload.js";

const root = mkdtempSync(join(tmpdir(), "probe-run-"));
const folderWith = (config: object): string => {
  const folder = mkdtempSync(join(root, "run-"));
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  return folder;
};
const probe = (folder: string, method?: string) =>
  probeRun(visionWorkload, {
    folder,
    probes: 1,
    rates: [0.1],
    progress: createProgress({ quiet: true }),
    ...(method !== undefined && { method }),
  });

describe("readRunConfig", () => {
  it("reads what a run saved, with the defaults in place", () => {
    const folder = folderWith(tinyVision);
    expect(readSavedConfig(folder)).toEqual(JSON.parse(JSON.stringify(tinyVision)));
    expect(readRunConfig(visionWorkload, folder)).toMatchObject({ kind: "vision", steps: 4, seed: expect.any(Number) });
  });

  it("says where there is no run, and whose it is otherwise", () => {
    expect(() => readSavedConfig(root)).toThrow(`${root}: no run here (no config.json); give the --out of a vpt train`);
    const folder = folderWith({ kind: "language", steps: 1 });
    expect(() => readRunConfig(visionWorkload, folder)).toThrow(`${folder}: a language run; expected a vision run`);
  });
});

describe("probeRun", () => {
  const compiled = join(root, "compiled");
  const run = {
    ...tinyVision,
    steps: 2,
    pretrainSteps: 0,
    methods: ["baseline"],
    backend: { compile: true, threads: 1 },
  };
  beforeAll(async () => {
    await runExperiment(visionWorkload, parseConfig(visionWorkload.schema, run, "test"), { out: compiled });
  }, 120_000);

  it("gives in compiled graphs what it gives without", async () => {
    const [{ results: inGraphs }] = (await probe(compiled)) as [Awaited<ReturnType<typeof probe>>[number]];
    writeFileSync(join(compiled, "config.json"), JSON.stringify({ ...run, backend: { compile: false, threads: 1 } }));
    const [{ results: plain }] = (await probe(compiled)) as [Awaited<ReturnType<typeof probe>>[number]];
    expect(inGraphs).toHaveLength(1);
    const [a, b] = [inGraphs[0]!, plain[0]!];
    expect(a.taken.loss).toBeCloseTo(b.taken.loss, 4);
    expect(Math.abs(a.taken.predicted / b.taken.predicted - 1)).toBeLessThan(1e-2);
    expect(Math.abs(a.gradientNorm / b.gradientNorm - 1)).toBeLessThan(1e-3);
  }, 120_000);

  it("names the methods there are, and one without a checkpoint", async () => {
    await expect(probe(compiled, "value")).rejects.toThrow("--method value: the run has baseline");
    const empty = folderWith(run);
    await expect(probe(empty)).rejects.toThrow(/baseline: no checkpoint of baseline yet; wait for the first/);
    expect(readdirSync(empty)).toEqual(["config.json"]);
  }, 120_000);

  it("refuses a method of the user's own, whose functions were not saved", async () => {
    const folder = folderWith({ ...run, methods: [{ name: "mine" }] });
    await expect(probe(folder)).rejects.toThrow("--method mine: a method of your own, whose functions are not saved");
  }, 120_000);
});
