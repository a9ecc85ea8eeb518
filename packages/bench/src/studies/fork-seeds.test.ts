import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { divide, forkSeeds } from "./fork-seeds.js";

const folder = mkdtempSync(join(tmpdir(), "vpt-fork-"));
const workerOf = (name: string, body: string): string => {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, `process.once("message", (job) => { ${body} });`);
  return file;
};
const job = { study: "toy", scale: "tiny", seeds: [3, 4, 5] };

it("divides into runs of neighbours", () => {
  expect(divide([1, 2, 3, 4, 5], 2)).toEqual([
    [1, 2, 3],
    [4, 5],
  ]);
  expect(divide([1, 2], 5)).toEqual([[1], [2]]);
});

it("gathers the rows of all processes in the order of the seeds, numbers as they are", async () => {
  const worker = workerOf(
    "rows",
    `process.send({ status: "seed " + job.seeds[0] });
     process.send({ rows: job.seeds.map((seed) => ({ seed, scale: job.scale, nll: seed === 4 ? NaN : seed / 3 })) });
     process.disconnect();`,
  );
  const lines: string[] = [];
  const progress = { setStatus: (line: string) => void lines.push(line), log: () => {} };
  const rows = await forkSeeds(job, { workers: 2, progress }, worker);
  expect(rows).toEqual([
    { seed: 3, scale: "tiny", nll: 1 },
    { seed: 4, scale: "tiny", nll: NaN },
    { seed: 5, scale: "tiny", nll: 5 / 3 },
  ]);
  expect(lines.sort()).toEqual(["seed 3", "seed 5"]);
});

it("names the seeds of a process that failed, with its message", async () => {
  const progress = { setStatus: () => {}, log: () => {} };
  const refused = workerOf("refused", `process.send({ error: "no data" }); process.disconnect();`);
  await expect(forkSeeds(job, { workers: 1, progress }, refused)).rejects.toThrow(
    "repro toy: the process of seeds 3, 4, 5 failed: no data",
  );
  const died = workerOf("died", `console.error("out of memory"); process.exit(7);`);
  await expect(forkSeeds(job, { workers: 1, progress }, died)).rejects.toThrow(/ended with 7: out of memory/);
});
