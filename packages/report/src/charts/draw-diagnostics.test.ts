import { compile } from "vega-lite";
import { expect, it } from "vitest";
import { fixtureDiagnostics } from "../__fixtures__/fixture-diagnostics.js";
import { diagnosticNames } from "../probe-sentences.js";
import { drawDiagnostics } from "./draw-diagnostics.js";

interface Layer {
  readonly data: { readonly values: readonly Readonly<Record<string, number | string>>[] };
}
const charts = drawDiagnostics(fixtureDiagnostics);
const layersOf = (name: (typeof diagnosticNames)[number]): readonly Layer[] =>
  (charts[name]!.spec as unknown as { readonly layer: readonly Layer[] }).layer;

it("describes a chart of each diagnostic that Vega-Lite takes", () => {
  expect(Object.keys(charts)).toEqual([...diagnosticNames]);
  for (const { spec } of Object.values(charts)) expect(compile(spec).spec.marks!.length).toBeGreaterThan(0);
  expect(Object.keys(drawDiagnostics({ stepTaken: fixtureDiagnostics.stepTaken }))).toEqual(["stepTaken"]);
});

it("puts the bound below the outcome, and the gap below its bound", () => {
  const [diagonal, points] = layersOf("stepBound");
  expect(diagonal!.data.values).toEqual([
    { x: -0.04, y: -0.04 },
    { x: 0.02, y: 0.02 },
  ]);
  expect(points!.data.values[0]).toEqual({ x: 0.01, y: 0.02, series: "η = 0.1" });
  const gaps = layersOf("subset")[1]!.data.values;
  expect(gaps).toEqual([
    { x: 0.4, y: 0.3 },
    { x: 0.2, y: 0.1 },
  ]);
});

it("draws the remainder beside a line of order 2 through the largest rate, and draws beside what they estimate", () => {
  const [second] = layersOf("remainder");
  expect(second!.data.values[0]).toEqual({ rate: 0.1, remainder: 0.03 });
  expect(second!.data.values[1]!["remainder"]).toBeCloseTo(0.0003, 9);
  const [band, exact, draws] = layersOf("estimator");
  expect(band!.data.values[0]!["low"]).toBeCloseTo(0.12 - 2 * 0.011547, 9);
  expect(exact!.data.values).toEqual([{ value: 0.1 }]);
  expect(draws!.data.values.map(({ rows }) => rows)).toEqual([
    ...Array<string>(3).fill("feedback"),
    ...Array<string>(2).fill("probe rows"),
  ]);
});
