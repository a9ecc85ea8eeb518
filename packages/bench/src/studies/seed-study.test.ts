import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { seedStudy } from "./seed-study.js";

const toy = {
  name: "toy",
  seeds: 2,
  firstSeed: 5,
  settings: { size: 1 },
  row: async (seed: number) => ({ seed, x: seed * 10 }),
  summarize: (rows: readonly { readonly x: number }[]) => ({
    mean: rows.reduce((sum, { x }) => sum + x, 0) / rows.length,
    failures: rows.length > 1 ? [] : ["one seed"],
  }),
  page: ({ mean }: { readonly mean: number }) => ({ title: "Toy", answer: `The mean is ${mean}.`, body: [] }),
};
const study = seedStudy(toy);
const progress = { setStatus: () => {}, log: () => {} };

it("runs its seeds, and makes the same tables again from the rows", async () => {
  const { json, text, failures } = await study.run({ scale: "tiny", workers: 1, progress });
  expect(text).toMatch(
    /^# Toy\n\n\*\*The mean is 55\.\*\*\n\n## How it was run\n\n`vpt repro toy --scale tiny`\.\n\nCommit .* minutes\./,
  );
  expect({ failures, mean: json["mean"], settings: json["settings"] }).toEqual({
    failures: [],
    mean: 55,
    settings: { size: 1 },
  });
  expect(await study.fromRows!(JSON.parse(JSON.stringify(json)) as typeof json)).toEqual({ json, text, failures });
  await expect(study.fromRows!({ study: "other", rows: [] })).rejects.toThrow(
    /repro toy: the file holds no rows of this study/,
  );
});

it("keeps rows in a folder, and goes on from there", async () => {
  const folder = mkdtempSync(join(tmpdir(), "study-"));
  const made: number[] = [];
  const kept = seedStudy({ ...toy, row: async (seed) => (made.push(seed), toy.row(seed)) });
  const first = await kept.run({ scale: "tiny", seeds: 1, workers: 1, folder, progress });
  expect(first.json["rows"]).toEqual([{ seed: 5, x: 50 }]);
  const { json } = await kept.run({ scale: "tiny", workers: 1, folder, progress });
  expect(json["rows"]).toEqual([
    { seed: 5, x: 50 },
    { seed: 6, x: 60 },
  ]);
  expect(made).toEqual([5, 6]);
});

it("says what it would run", () => {
  expect(study.plan!({ scale: "tiny", seeds: 3 })).toMatch(/^toy, tiny: seeds 5 to 7,.*\nSettings: \{\n {2}"size": 1/);
});

it("a scale that is only planned says so, and a figure comes with the result", async () => {
  const { plan, run, scales } = seedStudy({
    ...toy,
    planned: ["paper"],
    plan: (scale, seeds) => `${scale}, ${seeds} seeds`,
    figure: async ({ mean }) => `<svg>${mean}</svg>`,
  });
  expect(scales).toEqual(["tiny", "paper"]);
  expect(plan!({ scale: "paper" })).toBe("paper, 2 seeds");
  await expect(run({ scale: "paper", progress })).rejects.toThrow(/--scale paper is planned here/);
  expect((await run({ scale: "tiny", workers: 1, progress })).figure).toBe("<svg>55</svg>");
});
