import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { acquireRunDirectory } from "./acquire-run-directory.js";

const fresh = (): string => mkdtempSync(join(tmpdir(), "hold-"));
const anew = { resume: false };
const configOf = (out: string): unknown => JSON.parse(readFileSync(join(out, "config.json"), "utf8"));

it.each([
  ["results", (out: string) => writeFileSync(join(out, "summary.json"), "{}")],
  ["a checkpoint", (out: string) => mkdirSync(join(out, "value", "checkpoints", "step-3"), { recursive: true })],
])("leaves a run with %s alone unless asked to continue or replace it", async (_, leave) => {
  const out = fresh();
  (await acquireRunDirectory(out, { steps: 3 }, anew))();
  leave(out);
  await expect(acquireRunDirectory(out, { steps: 4 }, anew)).rejects.toThrow(
    /a run is there already; .*--resume.*--overwrite/,
  );
  expect(configOf(out)).toEqual({ steps: 3 });
  (await acquireRunDirectory(out, { steps: 3 }, { resume: true }))();
  (await acquireRunDirectory(out, { steps: 4 }, { resume: false, overwrite: true }))();
  expect(configOf(out)).toEqual({ steps: 4 });
});

it("starts again where a run failed before it had anything to lose", async () => {
  const out = fresh();
  (await acquireRunDirectory(out, { steps: 3 }, anew))();
  mkdirSync(join(out, "value", "checkpoints"), { recursive: true });
  (await acquireRunDirectory(out, { steps: 4 }, anew))();
  expect(configOf(out)).toEqual({ steps: 4 });
});

it("goes on only with the same configuration, and only one of two runs holds a folder", async () => {
  const out = fresh();
  const unlock = await acquireRunDirectory(out, { steps: 3, learner: { rate: 1 } }, { resume: true });
  await expect(acquireRunDirectory(out, { steps: 3 }, anew)).rejects.toThrow();
  unlock();
  const changed = { steps: 3, learner: { rate: 2 } };
  await expect(acquireRunDirectory(out, changed, { resume: true })).rejects.toThrow(
    '"learner.rate" was 1, now 2; resume with the same configuration',
  );
  await expect(acquireRunDirectory(out, { steps: 3 }, { resume: true })).rejects.toThrow(
    '"learner" was {"rate":1}, now not there',
  );
  await expect(acquireRunDirectory(out, changed, { resume: true, overwrite: true })).rejects.toThrow("give one");
});

it("resumes with more steps and another cadence of checkpoints, and saves them", async () => {
  const out = fresh();
  (await acquireRunDirectory(out, { steps: 3, saveEvery: 1, data: { file: "/a/x" } }, { resume: false }))();
  const more = { steps: 5, saveEvery: 2, data: { file: "/b/x" } };
  (await acquireRunDirectory(out, more, { resume: true }))();
  expect(configOf(out)).toEqual(more);
});
