import { useBackend } from "@vpt/backend";
import { beforeAll, expect, it } from "vitest";
import { document, downstream, stream, vocabularySize } from "./synthetic-dialect.js";
import { summarize } from "./tiny-summary.js";
import { runTinySeed, tinyMethods } from "./tiny-seed.js";
import { tinySettings } from "./tiny-start.js";
import { randomFromSeed } from "@vpt/core";

beforeAll(async () => void (await useBackend({ device: "auto", threads: 1, log: () => {} })));

it("documents count three answers; downstream they are right and digits", () => {
  const random = randomFromSeed(0);
  for (let i = 0; i < 50; i++) {
    const { ids, labels, lossMask } = document(random, downstream);
    let running = ids[1]!;
    const counted = [...lossMask.keys()].filter((t) => lossMask[t] === 1);
    expect(counted).toEqual([4, 8, 12]);
    for (const t of counted) {
      running = (running + (ids[t - 2] === 10 ? 1 : -1) * ids[t - 1]! + 10) % 10;
      expect([ids[t], labels[t]]).toEqual([13, running]);
    }
  }
});

it("the stream writes about 0.6 of its answers as letters", () => {
  const random = randomFromSeed(1);
  const answers = Array.from({ length: 400 }, () => document(random, stream)).flatMap(({ labels, lossMask }) =>
    [...labels].filter((_, t) => lossMask[t] === 1),
  );
  expect(answers.filter((id) => id >= 18).length / answers.length).toBeCloseTo(0.6, 1);
});

it("a short run has every method and every difference", async () => {
  const settings = { ...tinySettings, warmSteps: 3, steps: 4, testRows: 32 };
  const progress = { setStatus: () => {}, log: () => {} };
  const rows = [await runTinySeed(0, { settings, progress, compile: (f) => f })];
  const { paired, methods } = summarize(rows);
  const nll = (name: string): number => rows[0]!.methods[name]!.nll;
  for (const name of tinyMethods) {
    expect(methods[name]!.nll, name).toBe(nll(name));
    // an untrained learner is at chance; four steps cannot make it much better, and nothing diverges
    expect(Math.abs(nll(name) - Math.log(vocabularySize)), name).toBeLessThan(1);
    if (name === "value") continue;
    expect(paired[`value-${name}`]!.mean, name).toBeCloseTo(nll("value") - nll(name), 12);
    if (name !== "baseline")
      expect(paired[`${name}-baseline`]!.mean, name).toBeCloseTo(nll(name) - nll("baseline"), 12);
  }
  expect(Object.keys(paired)).toHaveLength(2 * (tinyMethods.length - 1) - 1);
  expect(new Set(Object.values(rows[0]!.methods).map(({ nll }) => nll)).size).toBeGreaterThan(8); // methods differ
});
