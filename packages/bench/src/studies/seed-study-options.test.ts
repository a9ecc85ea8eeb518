import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { formatProvenance, seedStudy } from "./seed-study.js";

const progress = { setStatus: () => {}, log: () => {} };
const folders: (string | undefined)[] = [];
const study = seedStudy({
  name: "toy",
  scales: ["tiny", "small"],
  seeds: 2,
  firstSeed: 5,
  settings: (scale) => ({ size: scale === "tiny" ? 1 : 100 }),
  row: async (seed, _, scale, folder) => (folders.push(folder), { seed, scale }),
  summarize: (rows: readonly { readonly seed: number; readonly scale: string }[]) => ({
    seeds: rows.map(({ seed }) => seed),
    failures: rows.length > 1 ? [] : ["two seeds"],
  }),
  page: ({ seeds, scale }) => ({
    title: `Toy, ${scale}`,
    answer: `${seeds.length} seeds.`,
    body: [],
    holds: "There are two seeds.",
  }),
});

it("takes settings by scale, and the seeds that are asked for", async () => {
  const { json, text } = await study.run({ scale: "small", seeds: 3, firstSeed: 9, workers: 1, progress });
  expect(json).toMatchObject({ study: "toy", scale: "small", settings: { size: 100 }, seeds: [9, 10, 11] });
  expect(text).toContain("`vpt repro toy --scale small`, seeds 9 to 11.");
  expect(text).toContain("## What does not hold\n\nThere are two seeds.");
});

it("says which claim fails in place of what holds", async () => {
  const { text, failures } = await study.run({ scale: "tiny", seeds: 1, workers: 1, progress });
  expect(failures).toEqual(["two seeds"]);
  expect(text).toContain("## What does not hold\n\n- two seeds");
});

it("gives each seed a place below the folder for what it resumes from, and none without", async () => {
  folders.length = 0;
  const folder = mkdtempSync(join(tmpdir(), "toy-"));
  await study.run({ scale: "tiny", workers: 1, folder, progress });
  await study.run({ scale: "tiny", workers: 1, progress });
  expect(folders).toEqual([join(folder, "toy-tiny-5"), join(folder, "toy-tiny-6"), undefined, undefined]);
  expect(readdirSync(folder).sort()).toEqual(["toy-tiny-5.json", "toy-tiny-6.json"]);
});

it("refuses rows that a folder keeps from other settings", async () => {
  const folder = mkdtempSync(join(tmpdir(), "toy-"));
  await study.run({ scale: "tiny", workers: 1, folder, progress });
  const changed = seedStudy({
    name: "toy",
    seeds: 1,
    firstSeed: 5,
    settings: { size: 2 },
    row: async (seed) => ({ seed }),
    summarize: () => ({ failures: [] }),
    page: () => ({ title: "", answer: "", body: [] }),
  });
  await expect(changed.run({ scale: "tiny", workers: 1, folder, progress })).rejects.toThrow(
    /toy-tiny-5\.json: made with other settings; give another --folder/,
  );
});

it("writes provenance as a sentence", () => {
  expect(formatProvenance({ machine: "commit a, 2 × p", backend: "tfjs cpu", minutes: 0.04 })).toBe(
    "Commit a, 2 × p; tfjs cpu; 0.0 minutes.",
  );
});
