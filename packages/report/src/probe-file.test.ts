import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readProbeFile, writeProbeFile, type ProbeRecord } from "./probe-file.js";

const record = (method: string, step: number): ProbeRecord => ({ method, step, skipped: 0, steps: {} });
const folder = (): string => mkdtempSync(join(tmpdir(), "probe-file-"));

it("keeps the methods that are not probed again", async () => {
  const run = folder();
  expect(readProbeFile(run)).toEqual([]);
  expect(await writeProbeFile(run, [record("value", 4), record("tilt", 4)])).toBe(join(run, "probe.json"));
  await writeProbeFile(run, [record("value", 8)]);
  expect(readProbeFile(run)).toEqual([record("tilt", 4), record("value", 8)]);
});

it("says what is wrong with a file of another kind, and leaves it", async () => {
  const run = folder();
  writeFileSync(join(run, "probe.json"), "[]");
  expect(() => readProbeFile(run)).toThrow(/probe\.json: expected the JSON of a vpt probe .*"methods".*run vpt probe/);
  writeFileSync(join(run, "probe.json"), "{");
  await expect(writeProbeFile(run, [])).rejects.toThrow(/probe\.json: expected the JSON of a vpt probe/);
});
