import { expect, it } from "vitest";
import { fixtureSummary } from "../__fixtures__/fixture-run.js";
import type { ChartDrawer } from "../charts/figure.js";
import { methodColors } from "../charts/method-colors.js";
import { trusted } from "../html/markup.js";
import type { FinishedRun, MethodLogs } from "../read-run.js";
import { curvesSection } from "./curves.js";
import { pairsOf } from "./probe-pairs.js";

const empty: MethodLogs = { metrics: [], timings: [], evaluations: [], probe: [], "skipped-samples": [] };
const run = (seed: number, logs: Record<string, Partial<MethodLogs>>): FinishedRun => ({
  folder: "runs/a",
  summary: fixtureSummary({ seed }),
  config: undefined,
  logs: Object.fromEntries(Object.entries(logs).map(([method, own]) => [method, { ...empty, ...own }])),
});
const charts: ChartDrawer = { missing: undefined, draw: async (_, text) => trusted(`<svg>${text}</svg>`) };
const section = async (runs: readonly FinishedRun[], drawer = charts): Promise<string | undefined> => {
  const { metrics } = fixtureSummary();
  return (await curvesSection(runs, { metrics, charts: drawer, colors: methodColors([]), id: "7" }))?.html;
};
const metrics = [0, 1].map((step) => ({ step, value: step, loss: 2 - step }));

it("is left out where nothing was logged", async () => {
  expect(await section([run(0, { tilt: {} })])).toBeUndefined();
});

it("says why there are no charts, where there are numbers", async () => {
  const html = await section([run(0, { tilt: { metrics } })], { missing: "<why>", draw: async () => undefined });
  expect(html).toBe('<h3>Curves</h3><p class="note">Charts are left out. &lt;why&gt;</p>');
});

it("puts families in order, with buttons for the axis and a note for losses of different targets", async () => {
  const html = (await section([run(0, { tilt: { metrics } })]))!;
  expect([...html.matchAll(/<h4>(.*?)<\/h4>/g)].map(([, family]) => family)).toEqual(["Value and feedback", "Learner"]);
  expect(html.match(/name="axis-7"/g)).toHaveLength(3);
  expect(html).toContain('value="steps" checked');
  expect(html).toContain("A panel for each method");
  expect(html).toContain("Value V = ⟨g, ∇L⟩ against steps; last values: tilt 1");
});

it("leaves the axis of seconds out where no log has times, and the note on seeds for one seed", async () => {
  const html = (await section([run(0, { tilt: { metrics } })]))!;
  expect([html.includes("by-steps"), html.includes("by-units"), html.includes("by-seconds")]).toEqual([
    true,
    true,
    false,
  ]);
  expect(html).not.toContain("means over seeds");
  const timed = run(0, { tilt: { metrics, timings: metrics.map(({ step }) => ({ step, seconds: 1 })) } });
  const seeds = (await section([timed, { ...timed, summary: fixtureSummary({ seed: 1 }) }]))!;
  expect(seeds).toContain("by-seconds");
  expect(seeds).toContain("Lines are means over seeds, bands hold all seeds.");
});

it("notes a band over positions of one seed", async () => {
  const gated = metrics.map(({ step }) => ({ step, gate: 0.5, gateLow: 0.2, gateHigh: 0.8 }));
  expect(await section([run(0, { tilt: { metrics: gated } })])).toContain("The band is the range over positions.");
});

it("draws the probe's pairs of both spellings, and leaves incomplete ones out", async () => {
  const probe = [
    { step: 0, loss: 1, predicted: 1, realised: 2 },
    { step: 1, loss: 1, predicted: 3, realized: 4 },
    { step: 2, loss: 1, predicted: 5 },
    { step: 3, loss: 1, predicted: "NaN", realized: 1 },
  ];
  const probed = run(0, { tilt: { probe } });
  expect(pairsOf(probed, "tilt")).toEqual([
    { series: "tilt", predicted: 1, realized: 2 },
    { series: "tilt", predicted: 3, realized: 4 },
  ]);
  expect(pairsOf(probed, "value")).toEqual([]);
  expect(await section([probed])).toContain(
    "Predicted and realized decrease of the downstream loss, one step; 2 pairs",
  );
});
