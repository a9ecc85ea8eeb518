import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TopLevelSpec } from "vega-lite";
import { chartBase } from "../charts/draw-curve.js";
import { figure, type ChartDrawer } from "../charts/figure.js";
import { markup, type Markup } from "../html/markup.js";
import { table } from "../html/table.js";
import type { FinishedRun } from "../read-run.js";
import type { TargetPosition, TargetSnapshot } from "@vpt/train/language";

/** The targets of each method that left `targets.json`: α over positions, the share of each candidate, and examples. */
export async function targetsSection(
  { folder, summary }: FinishedRun,
  charts: ChartDrawer,
): Promise<Markup | undefined> {
  const parts: Markup[] = [];
  for (const { method } of summary.methods) {
    const path = join(folder, method, "targets.json");
    if (!existsSync(path)) continue;
    const snapshots = JSON.parse(readFileSync(path, "utf8")) as Snapshots;
    parts.push(markup`<h3>Targets of ${method}</h3>
<div class="charts">${await gateFigure(snapshots, charts)}${await slotFigure(snapshots, charts)}</div>
<details><summary>Targets at single positions</summary>${positionTable(snapshots)}</details>`);
  }
  if (parts.length === 0) return undefined;
  return markup`${parts}
<p class="note">What the learner has to predict after a text: the largest shares of the target, and in brackets
the learner's own probability. <b>Bold</b> is the true token.</p>`;
}

interface Snapshots {
  /** At the method's first step with a target of its own. */
  readonly before?: TargetSnapshot;
  readonly after: TargetSnapshot;
}

type Bar = { readonly series: "before" | "after"; readonly x: string; readonly y: number };

function gateFigure({ before, after }: Snapshots, charts: ChartDrawer): Promise<Markup | undefined> {
  const bars = [...(before ? bins(before.gates, "before") : []), ...bins(after.gates, "after")];
  return barFigure("Gate α over positions", bars, ["α", "share of positions"], charts);
}

function slotFigure({ before, after }: Snapshots, charts: ChartDrawer): Promise<Markup | undefined> {
  const bars = ([before, after] as const).flatMap((snapshot, i) =>
    (snapshot?.slots ?? [])
      .slice(0, 16)
      .map((y, slot): Bar => ({ series: i === 0 ? "before" : "after", x: slot === 0 ? "true" : String(slot), y })),
  );
  return barFigure("Mean share of the target by candidate", bars, ["candidate", "share of the target"], charts);
}

async function barFigure(
  title: string,
  bars: readonly Bar[],
  [x, y]: readonly [string, string],
  charts: ChartDrawer,
): Promise<Markup | undefined> {
  if (bars.length === 0) return undefined;
  const spec: TopLevelSpec = {
    ...chartBase,
    data: { values: [...bars] },
    mark: "bar",
    encoding: {
      x: { field: "x", type: "ordinal", title: x, sort: null, axis: { labelAngle: 0, labelOverlap: true } },
      xOffset: { field: "series", sort: null },
      y: { field: "y", type: "quantitative", title: y },
      color: {
        field: "series",
        type: "nominal",
        scale: { domain: ["before", "after"], range: ["#adb5bd", "#5c7cfa"] },
        legend: { title: null, orient: "top" },
      },
    },
  };
  const svg = await charts.draw(spec, `${title}, before and after training`);
  const note = x === "candidate" ? "The true token, then the learner's own candidates in order." : undefined;
  return svg && figure(title, svg, note);
}

/** Ten bins of [0, 1], as shares; none for no values. */
function bins(values: readonly number[], series: Bar["series"]): Bar[] {
  if (values.length === 0) return [];
  const counts = Array<number>(10).fill(0);
  for (const value of values) counts[Math.min(9, Math.floor(value * 10))]! += 1;
  return counts.map((count, i) => ({ series, x: `${i / 10}–${(i + 1) / 10}`, y: count / values.length }));
}

function positionTable({ before, after }: Snapshots): Markup {
  const rows = after.positions.map((position, i) => [
    markup`<code>…${visible(position.context)}</code>`,
    ...(before ? [before.positions[i] && targetOf(before.positions[i])] : []),
    targetOf(position),
  ]);
  return table("A row is a position of the text", ["text", ...(before ? ["before"] : []), "after"], rows);
}

const visible = (text: string): string => text.replace(/\n/g, "⏎").replace(/^ /, "␣");

function targetOf({ gate, truth, candidates }: TargetPosition): Markup {
  const items = candidates.map(({ token, target, learner }, i) => {
    const text = markup`${visible(token)} ${target.toFixed(2)} <span class="note">(${learner.toFixed(2)})</span>`;
    return markup`${i > 0 ? ", " : ""}${token === truth ? markup`<b>${text}</b>` : text}`;
  });
  return markup`α ${gate.toFixed(2)}: ${items}`;
}
