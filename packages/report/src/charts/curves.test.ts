import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { fixtureSummary, writeFixtureRun, type FixtureOptions } from "../__fixtures__/fixture-run.js";
import { readRun, type FinishedRun } from "../read-run.js";
import { curvesOf, type Curve } from "./curves.js";

const folder = mkdtempSync(join(tmpdir(), "vpt-curves-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (options: FixtureOptions): FinishedRun =>
  readRun(writeFixtureRun(join(folder, JSON.stringify(options)), fixtureSummary(options)));
const titled = (curves: readonly Curve[], title: string): Curve => curves.find((curve) => curve.title === title)!;
const { metrics } = fixtureSummary();

it("places every point at its step, its tokens and its seconds", () => {
  const curves = curvesOf([run({})], metrics);
  const { points } = titled(curves, "Value V = ⟨g, ∇L⟩");
  expect(points.map(({ series }) => series)).toEqual([...Array(4).fill("tilt"), ...Array(4).fill("value")]);
  expect(points[2]).toEqual({ series: "tilt", step: 2, units: 300, seconds: 6, y: 0.02, low: 0.02, high: 0.02 });
});

it("keeps the numbers of an evaluation apart by metric, test set and size", () => {
  const one = run({});
  const [quick] = one.logs["tilt"]!.evaluations;
  const further = [
    { ...quick!, quick: false, metrics: { nll: 1.5 } },
    { ...quick!, set: "math", metrics: { nll: 1.4 } },
  ];
  const logs = { ...one.logs, tilt: { ...one.logs["tilt"]!, evaluations: [quick!, ...further] } };
  const titles = curvesOf([{ ...one, logs }], metrics).flatMap(({ family, title }) =>
    family === "Scores on the way" ? [title] : [],
  );
  expect(titles).toEqual(["held-out NLL (quick evaluation)", "held-out NLL", "held-out NLL, math (quick evaluation)"]);
});

it("takes means and ranges over seeds", () => {
  const { points } = titled(curvesOf([run({ seed: 0 }), run({ seed: 2 })], metrics), "Value V = ⟨g, ∇L⟩");
  expect(points).toHaveLength(8);
  expect(points[1]).toMatchObject({ step: 1, low: 0.01, high: 0.03 });
  expect(points[1]!.y).toBeCloseTo(0.02, 12);
});

it("shows the range of a gate as a band, the learner's loss in panels, and nothing for a number that is none", () => {
  const curves = curvesOf([run({})], metrics);
  expect(titled(curves, "Gate α, mean over positions").points[0]).toMatchObject({ y: 0.5, low: 0.2, high: 0.8 });
  expect(titled(curves, "Loss of the learner on its own task").panels).toBe(true);
  expect(curves.filter(({ panels }) => panels)).toHaveLength(1);
  expect(curves.some(({ title }) => /Low|High|gradientNorm|predicted/.test(title))).toBe(false);
});

it("averages long logs in equal stretches", () => {
  const { points } = titled(curvesOf([run({ steps: 1000 })], metrics), "Feedback cosine");
  const tilt = points.filter(({ series }) => series === "tilt");
  expect(tilt).toHaveLength(200);
  expect(tilt[0]).toMatchObject({ step: 2, y: expect.closeTo(0.7, 9) });
});
