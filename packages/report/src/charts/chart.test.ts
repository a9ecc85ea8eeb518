import { expect, it } from "vitest";
import { chart, lines, loadVega } from "./chart.js";
import { methodColors } from "./method-colors.js";
import { openCharts } from "./figure.js";

it("draws SVG in which text is escaped", async () => {
  const svg = await lines([{ series: "<b>", x: 0, y: 1 }], "<script>", "y", ["<b>"]);
  expect(svg).toMatch(/^<svg /);
  expect(svg).not.toMatch(/<script|<b>/);
  expect(await chart({ data: { values: [{ x: 1 }] }, mark: "bar", encoding: { x: { field: "x" } } })).toContain(
    "</svg>",
  );
});

it("names the command when the chart packages are not installed, and passes other errors on", async () => {
  const missing = Object.assign(new Error("Cannot find package 'vega'"), { code: "ERR_MODULE_NOT_FOUND" });
  await expect(loadVega(() => Promise.reject(missing))).rejects.toThrow("npm install vega vega-lite");
  await expect(loadVega(() => Promise.reject(new RangeError("no memory")))).rejects.toThrow(RangeError);
});

it("describes a chart for those who do not see it", async () => {
  const charts = await openCharts(async () => '<svg class="marks"></svg>');
  const drawn = await charts.draw({ data: { values: [] }, mark: "point" }, 'V & "g" $&');
  expect(drawn!.html).toBe('<svg role="img" aria-label="V &amp; &quot;g&quot; $&amp;" class="marks"></svg>');
});

it("gives every method one colour, whatever else a report shows", () => {
  const [few, many] = [methodColors(["mine", "tilt"]), methodColors(["yours", "mine", "value", "tilt"])];
  expect(few.get("tilt")).toBe(many.get("tilt"));
  expect(many.get("mine")).not.toBe(many.get("yours"));
  expect(few.get("mine")).toMatch(/^#[0-9a-f]{6}$/);
});
