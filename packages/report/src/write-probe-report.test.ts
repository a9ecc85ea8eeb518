import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { fixtureDiagnostics } from "./__fixtures__/fixture-diagnostics.js";
import { writeProbeFile } from "./probe-file.js";
import { writeProbeReport } from "./write-probe-report.js";

const folder = (): string => mkdtempSync(join(tmpdir(), "probe-report-"));
const record = { method: "value", step: 12, skipped: 0, steps: {}, diagnostics: fixtureDiagnostics };

it("draws a picture for each theorem beside its sentence", async () => {
  const run = folder();
  await writeProbeFile(run, [record]);
  const path = await writeProbeReport(run);
  expect(path).toBe(join(run, "probe.html"));
  const html = readFileSync(path, "utf8");
  expect(html).toContain("value at step 12");
  for (const name of ["Theorem 3.1", "Proposition 3.2", "Lemma 3.3", "Equation 20", "v2 equation 35"])
    expect(html).toContain(`<li>${name}`);
  expect(html.match(/<svg role="img"/g)).toHaveLength(5);
}, 60_000);

it("leaves the charts out where nothing draws, and refuses a run that was not probed", async () => {
  const run = folder();
  await expect(writeProbeReport(run)).rejects.toThrow(`${run}: expected probe.json with a probed step; run vpt probe`);
  const { diagnostics: _, ...skipped } = record;
  await writeProbeFile(run, [skipped]);
  await expect(writeProbeReport(run)).rejects.toThrow("expected probe.json with a probed step");
}, 60_000);
