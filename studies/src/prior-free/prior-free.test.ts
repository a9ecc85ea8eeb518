import { useBackend } from "@vpt/backend";
import { beforeAll, expect, it } from "vitest";
import { tinySettings } from "@vpt/bench/studies";
import { priorFreeVariants, runPriorFreeSeed, summarizePriorFree } from "./prior-free.js";

beforeAll(async () => void (await useBackend({ device: "auto", threads: 1, log: () => {} })), 120_000);

it("each designer ends elsewhere, and only what works in every seed is sturdy", async () => {
  const settings = { ...tinySettings, warmSteps: 3, steps: 4, batchSize: 4, testRows: 16 };
  const row = await runPriorFreeSeed(0, {
    settings,
    progress: { setStatus: () => {}, log: () => {} },
    compile: (f) => f,
  });
  expect(new Set(Object.values(row.variants).map(({ nll }) => nll)).size).toBe(Object.keys(priorFreeVariants).length);
  expect(summarizePriorFree([row]).sturdy).toEqual([]);

  const [lucky, unlucky] = [row.baseline.nll - 1, row.baseline.nll + 1].map((nll, seed) => ({
    ...row,
    seed,
    variants: {
      ...row.variants,
      "no prior": { ...row.baseline, nll },
      "with the prior": { ...row.baseline, nll: row.baseline.nll - 0.6 },
    },
  }));
  const { sturdy, variants } = summarizePriorFree([lucky!, unlucky!]);
  expect(sturdy).toEqual(["with the prior"]);
  expect(variants.find(({ name }) => name === "no prior")).toMatchObject({
    best: expect.closeTo(-1, 6),
    worst: expect.closeTo(1, 6),
  });
});
