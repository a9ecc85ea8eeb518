import { expect, it } from "vitest";
import { seedStudy } from "./seed-study.js";

const study = seedStudy({
  name: "toy",
  seeds: 2,
  firstSeed: 5,
  settings: { size: 1 },
  row: async (seed) => ({ seed, x: seed * 10 }),
  summarize: (rows) => ({
    mean: rows.reduce((sum, { x }) => sum + x, 0) / rows.length,
    failures: rows.length > 1 ? [] : ["one seed"],
  }),
  describe: ({ mean, minutes }) => `${mean} ${typeof minutes}`,
});
const progress = { update: () => {}, say: () => {} };

it("runs its seeds, and makes the same tables again from the rows", async () => {
  const { json, text, failures } = await study.run({ scale: "tiny", workers: 1, progress });
  expect({ text, failures, mean: json["mean"], settings: json["settings"] }).toEqual({ text: "55 number", failures: [], mean: 55, settings: { size: 1 } }); // prettier-ignore
  expect(study.again!(JSON.parse(JSON.stringify(json)) as typeof json)).toEqual({ json, text, failures });
  expect(() => study.again!({ study: "other", rows: [] })).toThrow(/repro toy: the file holds no rows of this study/);
});
