import { expect, it } from "vitest";
import { concludeSmall, planSmall } from "./small.js";
import type { SmallRow } from "./small-method.js";
import { smallEntries, smallRun } from "./small-settings.js";
import { smallPage, summarizeSmall } from "./small-summary.js";

const row = (seed: number, name: string, nll: number): SmallRow => ({
  seed,
  name,
  nll,
  steps: 40,
  seconds: 1,
  perRow: [nll - 0.1, nll + 0.1],
  accuracy: 0.5,
  math: 1,
  svamp: 2,
});
const rows = [0, 1].flatMap((seed) => [
  row(seed, "baseline", 1.4 + seed),
  row(seed, "value", 1.3 + seed + seed / 100),
  row(seed, "tilt", 1.5 + seed),
  row(seed, "sft", 1 + seed),
]);

it("every method is a run that vpt train would take, and the plan names them all", () => {
  for (const entry of smallEntries)
    expect(smallRun(3, 7, entry)).toMatchObject({ seed: 3, steps: 7, methods: [entry.method], ...entry.set });
  const plan = planSmall({ seeds: 6, steps: 40 });
  for (const { name } of smallEntries) expect(plan).toContain(name);
});

it("pairs by seed, tells the share of the gap, and what does not hold", () => {
  const { methods, paired, failures } = summarizeSmall(rows);
  expect(methods["value"]!.againstBaseline!.mean).toBeCloseTo(-0.095, 9);
  expect(methods["value"]!.closed).toBeCloseTo(0.095 / 0.4, 9);
  expect(paired["tilt-baseline"]!.mean).toBeCloseTo(0.1, 9);
  expect(failures).toEqual(["tilt-baseline: upper end below 0, is 0.1000"]);
});

it("tells what each change of the value method carries, over the seeds that have it, and claims nothing of it", () => {
  const { paired, failures } = summarizeSmall([
    ...rows.filter(({ name }) => name !== "tilt"),
    row(0, "value, no KL", 1.25),
    row(1, "value, no KL", 2.26),
  ]);
  expect(paired["value-(value, no KL)"]!.mean).toBeCloseTo(0.05, 9);
  expect(paired["value-(value, no KL)"]!.ci95).not.toBeNull();
  expect(failures).toEqual([]);
});

it("claims that the high gate betters its own method, and the high rate that", () => {
  const { paired, failures } = summarizeSmall([
    ...rows,
    row(0, "tilt, high gate", 1.2),
    row(1, "tilt, high gate", 2.21),
    row(0, "tilt, 1e-3", 1.25),
    row(1, "tilt, 1e-3", 2.26),
  ]);
  expect(paired["(tilt, high gate)-tilt"]!.mean).toBeCloseTo(-0.295, 9);
  expect(failures).toEqual([
    "tilt-baseline: upper end below 0, is 0.1000",
    "(tilt, 1e-3)-(tilt, high gate): upper end below 0, is 0.0500",
  ]);
});

it("claims nothing from one seed", () => {
  const summary = summarizeSmall(rows.slice(0, 4));
  expect(summary.failures).toEqual([]);
  const measured = {
    machine: "m",
    backend: "b",
    minutes: 1,
    plan: ["p"],
    before: { nll: 1, accuracy: 0, math: 1, svamp: 1 },
  };
  expect(smallPage({ ...summary, ...measured })).toContain("Nothing is claimed from one seed.");
});

it("compares a method that lacks seeds over those it has, and makes the table again from rows", async () => {
  const some = rows.filter(({ name, seed }) => name !== "sft" || seed === 1);
  const measured = {
    machine: "m",
    backend: "b",
    minutes: 1,
    plan: ["p"],
    prose: { notes: "By hand." },
    before: { nll: 1, accuracy: 0, math: 1, svamp: 1 },
  };
  const { json, text, figure } = await concludeSmall({ ...measured, rows: some });
  const { methods } = json as unknown as ReturnType<typeof summarizeSmall>;
  expect(methods["sft"]!.seeds).toBe(1);
  expect(methods["sft"]!.againstBaseline!.mean).toBeCloseTo(-0.4, 9);
  expect(methods["value"]!.closed).toBeCloseTo(0.095 / 0.4, 9);
  expect(text).toContain("Methods with fewer seeds");
  expect(figure).toContain(">sft (1)<");
  expect([json["prose"], text]).toEqual([{ notes: "By hand." }, expect.stringContaining("\n\nBy hand.\n\n")]);
});
