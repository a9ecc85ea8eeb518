import { compile } from "vega-lite";
import { expect, it } from "vitest";
import type { Curve, CurvePoint } from "./curves.js";
import { colorOf, drawCurve, type CurveAxis } from "./draw-curve.js";
import { drawProbe } from "./draw-probe.js";
import { figure, openCharts } from "./figure.js";
import { chartFamilies, describeLogKey } from "./log-keys.js";
import { methodColors } from "./method-colors.js";

const colors = methodColors(["mine"]);
const point = (series: string, step: number, more: Partial<CurvePoint> = {}): CurvePoint => ({
  series,
  step,
  units: step * 100,
  seconds: step / 2,
  y: step,
  low: step,
  high: step,
  ...more,
});
const curve = (points: readonly CurvePoint[], panels = false): Curve => ({
  family: "Learner",
  title: "Loss",
  axis: "loss",
  panels,
  points,
});
/** What of a chart the tests look at. */
interface Drawn {
  readonly data: { readonly values: readonly CurvePoint[] };
  readonly encoding: { readonly x: { readonly field: string; readonly title: string } };
  readonly layer: readonly { readonly mark: { readonly type: string; readonly point?: object } }[];
  readonly facet?: { readonly field: string };
}
const draw = (drawn: Curve, by: CurveAxis = "steps") => drawCurve(drawn, by, "tokens", colors) as Drawn | undefined;

it("puts the field and the title of the axis that was asked for", () => {
  const both = curve([point("tilt", 0), point("tilt", 1)]);
  const axes = (["steps", "units", "seconds"] as const).map((by) => draw(both, by)!.encoding.x);
  expect(axes.map(({ field, title }) => [field, title])).toEqual([
    ["step", "step"],
    ["units", "tokens"],
    ["seconds", "seconds of training"],
  ]);
});

it("has no place for points without seconds", () => {
  const some = curve([point("tilt", 0, { seconds: undefined }), point("tilt", 1)]);
  expect(draw(some, "seconds")!.data.values).toHaveLength(1);
  expect(draw(curve([point("tilt", 0, { seconds: undefined })]), "seconds")).toBeUndefined();
  expect(draw(curve([]))).toBeUndefined();
});

it("draws a band only where there is a range, and points only where they are few", () => {
  const many = Array.from({ length: 13 }, (_, step) => point("tilt", step));
  const marks = (drawn: Curve): string[] => draw(drawn)!.layer.map(({ mark }) => mark.type);
  expect(marks(curve(many))).toEqual(["line"]);
  expect(marks(curve([point("tilt", 0, { low: -1, high: 1 })]))).toEqual(["area", "line"]);
  expect(draw(curve(many))!.layer[0]!.mark.point).toBeUndefined();
  expect(draw(curve(many.slice(1)))!.layer[0]!.mark.point).toBeDefined();
});

it("gives each method a panel where losses are not to be compared", () => {
  const points = [point("tilt", 0), point("value", 0)];
  expect(draw(curve(points, true))!.facet).toMatchObject({ field: "series" });
  expect(draw(curve(points))!.facet).toBeUndefined();
});

it("names in the legend the methods that have points, in one order for all charts", () => {
  const { legend, scale } = colorOf([{ series: "mine" }, { series: "baseline" }], colors);
  expect(legend.values).toEqual(["baseline", "mine"]);
  expect(scale.domain).toEqual([...colors.keys()]);
  expect(scale.range).toEqual([...colors.values()]);
});

it("compiles as Vega-Lite without a warning: curves, panels and the probe", () => {
  const warned: unknown[] = [];
  const note = (...what: unknown[]) => (warned.push(what), logger);
  const logger = { level: () => logger, error: note, warn: note, info: () => logger, debug: () => logger };
  const pairs = [{ series: "tilt", predicted: 1, realized: 2 }];
  const points = [point("tilt", 0), point("tilt", 1, { high: 5 })];
  const specs = [
    drawCurve(curve(points), "steps", "tokens", colors)!,
    drawCurve(curve(points, true), "units", "tokens", colors)!,
    drawProbe(pairs, colors),
  ];
  for (const spec of specs) expect(compile(spec, { logger: logger as never }).spec.marks!.length).toBeGreaterThan(0);
  expect(warned).toEqual([]);
});

it("draws the line of exact prediction from the smallest to the largest number of both axes", () => {
  const { layer } = drawProbe(
    [
      { series: "tilt", predicted: -1, realized: 3 },
      { series: "tilt", predicted: 2, realized: -4 },
    ],
    colors,
  ) as unknown as { layer: readonly { data: { values: readonly object[] } }[] };
  expect(layer[0]!.data.values).toEqual([
    { predicted: -4, realized: -4 },
    { predicted: 3, realized: 3 },
  ]);
  expect(layer[1]!.data.values).toHaveLength(2);
});

it("describes known keys, shows unknown ones under their own name, and ranges elsewhere", () => {
  expect(describeLogKey("metrics", "loss")).toEqual({
    family: "Learner",
    title: "Loss of the learner on its own task",
    axis: "loss",
    panels: true,
  });
  expect(describeLogKey("metrics", "own")).toEqual({
    family: "Other numbers",
    title: "own",
    axis: "own",
    panels: false,
  });
  expect(describeLogKey("timings", "own")!.family).toBe("Speed and memory");
  expect(describeLogKey("probe", "own")!.family).toBe("One-step probe");
  for (const key of ["gateLow", "gateHigh"]) expect(describeLogKey("metrics", key)).toBeUndefined();
  for (const key of ["predicted", "realised", "realized", "byFeedback"])
    expect(describeLogKey("probe", key)).toBeUndefined();
  expect(describeLogKey("metrics", "predicted")).toBeDefined();
});

it("knows no family that the page leaves out", () => {
  for (const key of ["value", "gate", "loss", "designerGradientNorm", "own"])
    expect(chartFamilies).toContain(describeLogKey("metrics", key)!.family);
});

it("puts a title above a chart and a note under it, both escaped", () => {
  expect(figure("a < b", [], "n & m").html).toBe(
    '<figure><figcaption>a &lt; b<span class="note">n &amp; m</span></figcaption>\n</figure>',
  );
  expect(figure("t", []).html).not.toContain("note");
});

it("passes on an error of the drawing that is not about missing packages", async () => {
  await expect(openCharts(() => Promise.reject(new RangeError("no memory")))).rejects.toThrow("no memory");
});
