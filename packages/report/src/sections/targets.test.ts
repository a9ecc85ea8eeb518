import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { fixtureSummary } from "../__fixtures__/fixture-run.js";
import type { ChartDrawer } from "../charts/figure.js";
import { trusted } from "../html/markup.js";
import { targetsSection } from "./targets.js";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "vpt-targets-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type Bars = readonly { readonly series: string; readonly x: string; readonly y: number }[];
/** Keeps what would be drawn. */
const drawer = () => {
  const drawn: Record<string, Bars> = {};
  const charts: ChartDrawer = {
    missing: undefined,
    draw: async (spec, description) => {
      drawn[description] = (spec as unknown as { data: { values: Bars } }).data.values;
      return trusted("<svg/>");
    },
  };
  return { drawn, charts };
};
const put = (method: string, snapshots: object): void => {
  mkdirSync(join(folder, method), { recursive: true });
  writeFileSync(join(folder, method, "targets.json"), JSON.stringify(snapshots));
};
const section = (charts: ChartDrawer) =>
  targetsSection({ folder, summary: fixtureSummary(), config: undefined, logs: {} }, charts);
const position = (context: string, gate: number) => ({
  context,
  truth: " are",
  gate,
  candidates: [
    { token: " are", learner: 0.5, target: 1 - gate },
    { token: "\nis", learner: 0.25, target: gate },
  ],
});
const gateTitle = "Gate α over positions, before and after training";
const slotTitle = "Mean share of the target by candidate, before and after training";

it("is left out where no method kept its targets", async () => {
  expect(await section(drawer().charts)).toBeUndefined();
});

it("bins the gates in tenths as shares, with 1 in the last bin", async () => {
  const { drawn, charts } = drawer();
  const after = { positions: [], gates: [0, 0.05, 0.95, 1], slots: [0.75, 0.25] };
  put("tilt", { before: { ...after, gates: [0.5] }, after });
  await section(charts);
  const shares = (series: string): number[] =>
    drawn[gateTitle]!.filter((bar) => bar.series === series).map(({ y }) => y);
  expect(shares("before")).toEqual([0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
  expect(shares("after")).toEqual([0.5, 0, 0, 0, 0, 0, 0, 0, 0, 0.5]);
  expect(drawn[gateTitle]![0]!.x).toBe("0–0.1");
  expect(drawn[slotTitle]!.slice(2)).toEqual([
    { series: "after", x: "true", y: 0.75 },
    { series: "after", x: "1", y: 0.25 },
  ]);
});

it("draws nothing, rather than bars that are no number, where no position was kept", async () => {
  const { drawn, charts } = drawer();
  put("tilt", { after: { positions: [], gates: [], slots: [] } });
  const { html } = (await section(charts))!;
  expect(drawn).toEqual({});
  expect(html).toContain("Targets of tilt");
  expect(html).not.toMatch(/NaN|<figure/);
});

it("shows sixteen candidates at most", async () => {
  const { drawn, charts } = drawer();
  put("tilt", { after: { positions: [], gates: [0.5], slots: Array<number>(40).fill(1 / 40) } });
  await section(charts);
  expect(drawn[slotTitle]).toHaveLength(16);
});

it("lists positions with the true token bold, spaces and line breaks to be seen", async () => {
  put("tilt", {
    before: { positions: [position("Two\nand", 0.5)], gates: [0.5], slots: [1] },
    after: { positions: [position("Two\nand", 0.25), position("<i>", 0)], gates: [0.25, 0], slots: [1] },
  });
  const { html } = (await section(drawer().charts))!;
  expect(html).toContain("…Two⏎and");
  expect(html).toContain('α 0.50: <b>␣are 0.50 <span class="note">(0.50)</span></b>, ⏎is 0.50');
  expect(html).toContain("α 0.25: <b>␣are 0.75");
  expect(html).toContain("…&lt;i&gt;</code></th><td></td><td>α 0.00");
});

it("has no column of before where a method has none, and a heading for each method", async () => {
  for (const method of ["tilt", "value"])
    put(method, { after: { positions: [position("a", 0.25)], gates: [0.25], slots: [1] } });
  const { html } = (await section(drawer().charts))!;
  expect(html).not.toContain('<th scope="col">before</th>');
  expect(html.match(/<h3>Targets of (tilt|value)<\/h3>/g)).toHaveLength(2);
});
