import { curvesOf, type Curve } from "../charts/curves.js";
import { drawCurve, type CurveAxis } from "../charts/draw-curve.js";
import { drawProbe } from "../charts/draw-probe.js";
import { figure, type ChartDrawer } from "../charts/figure.js";
import { chartFamilies, type ChartFamily } from "../charts/log-keys.js";
import { markup, trusted, type Markup } from "../html/markup.js";
import type { FinishedRun } from "../read-run.js";
import type { Metric } from "@vpt/train";
import { pairsOf } from "./probe-pairs.js";

/** What {@link curvesSection} draws with. */
export interface CurvesOptions {
  readonly metrics: readonly Metric[];
  readonly charts: ChartDrawer;
  readonly colors: ReadonlyMap<string, string>;
  /** Names the group of the buttons that choose the x axis; unique on the page. */
  readonly id: string;
}

/** Curves of every logged number against steps, units and seconds; radio buttons choose, without a script. */
export async function curvesSection(runs: readonly FinishedRun[], options: CurvesOptions): Promise<Markup | undefined> {
  const { metrics, charts, id } = options;
  const curves = curvesOf(runs, metrics);
  if (curves.length === 0) return undefined;
  const heading = markup`<h3>Curves</h3>`;
  if (charts.missing !== undefined) return markup`${heading}<p class="note">Charts are left out. ${charts.missing}</p>`;
  const { unit } = runs[0]!.summary;
  const families: Markup[] = [];
  for (const family of chartFamilies) {
    const figures = await familyFigures(family, curves, runs, options);
    if (figures.length > 0) families.push(markup`<h4>${family}</h4><div class="charts">${figures}</div>`);
  }
  return markup`${heading}${axisButtons(id, unit)}
${runs.length > 1 ? markup`<p class="note">Lines are means over seeds, bands hold all seeds.</p>` : undefined}
${families}`;
}

function axisButtons(id: string, unit: string): Markup {
  const labels: Readonly<Record<CurveAxis, string>> = { steps: "steps", units: unit, seconds: "seconds of training" };
  const buttons = Object.entries(labels).map(([axis, label]) => {
    const checked = axis === "steps" ? trusted("checked") : undefined;
    return markup`<label><input type="radio" name="axis-${id}" value="${axis}" ${checked}> ${label}</label>`;
  });
  return markup`<fieldset><legend>Curves against</legend>${buttons}</fieldset>`;
}

async function familyFigures(
  family: ChartFamily,
  curves: readonly Curve[],
  runs: readonly FinishedRun[],
  { charts, colors }: CurvesOptions,
): Promise<Markup[]> {
  const { unit } = runs[0]!.summary;
  const figures: Markup[] = [];
  for (const curve of curves.filter((own) => own.family === family)) {
    const drawings: Markup[] = [];
    for (const axis of ["steps", "units", "seconds"] as const) {
      const spec = drawCurve(curve, axis, unit, colors);
      const svg = spec && (await charts.draw(spec, descriptionOf(curve, axis === "units" ? unit : axis)));
      if (svg) drawings.push(markup`<div class="by-${axis}">${svg}</div>`);
    }
    figures.push(figure(curve.title, drawings, noteOf(curve, runs.length)));
  }
  const pairs = runs.flatMap((run) => Object.keys(run.logs).flatMap((method) => pairsOf(run, method)));
  if (family === "One-step probe" && pairs.length > 0) {
    const title = "Predicted and realized decrease of the downstream loss, one step";
    const svg = await charts.draw(drawProbe(pairs, colors), `${title}; ${pairs.length} pairs`);
    figures.push(figure(title, svg ?? [], "On the dashed line the prediction is exact."));
  }
  return figures;
}

function noteOf({ panels, points }: Curve, seedCount: number): string | undefined {
  if (panels) return "A panel for each method: each has a target of its own, so their losses are not to be compared.";
  const hasBand = points.some(({ low, high }) => low < high);
  return hasBand && seedCount === 1 ? "The band is the range over positions." : undefined;
}

/** A chart in words, for those who do not see it: the last value of every line. */
function descriptionOf({ title, points }: Curve, axis: string): string {
  const last = new Map(points.map(({ series, y }) => [series, y]));
  const values = [...last].map(([series, y]) => `${series} ${Number(y.toPrecision(4))}`);
  return `${title} against ${axis}; last values: ${values.join(", ")}`;
}
