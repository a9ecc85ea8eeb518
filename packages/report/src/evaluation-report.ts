import { resolve } from "node:path";
import { writeDurably } from "@vpt/core/run";
import type { LoadedEvaluationRecord } from "@vpt/eval/imagenet";
import { decimal } from "./format.js";
import { markup, type Markup } from "./html/markup.js";
import { page } from "./html/page.js";
import { table } from "./html/table.js";
import { glossary } from "./sections/glossary.js";

/** One row of pictures beside each other. */
export interface PictureRow {
  readonly id: string;
  readonly note: string;
  /** PNG files in base64. */
  readonly pictures: readonly { readonly caption: string; readonly png: string }[];
}

/** What the page says beside the record. */
export interface ReportExtras {
  readonly model: string;
  readonly pictures: readonly PictureRow[];
  /** Classes of the pictures' colours, in order. */
  readonly classes?: readonly string[];
  /** Colour of a class in the pictures, red, green and blue up to 255. */
  readonly classColour?: (label: number) => readonly [number, number, number];
  /** Two words for the ends of the depth colours. */
  readonly depthRange?: readonly [string, string];
  readonly notes?: readonly string[];
}

/**
 * Writes one HTML file for an evaluation: scores with their intervals, classes, images beside truth and
 * prediction, and what was left out. It holds everything it shows.
 *
 * @returns Its path.
 */
export async function writeEvaluationReport(
  path: string,
  record: LoadedEvaluationRecord,
  extras: ReportExtras,
): Promise<string> {
  const { task } = record;
  const body = markup`<h1>${task}</h1>
${evaluationBody(record, extras)}`;
  await writeDurably(path, page(task, markup`${body}${glossary(body, [])}`));
  return resolve(path);
}

/** Everything of an evaluation below its heading. */
export function evaluationBody(record: LoadedEvaluationRecord, extras: ReportExtras): Markup {
  const { protocol, n, quarantined, settings } = record;
  const { model, notes = [] } = extras;
  return markup`<div class="result"><p>${resultOf(record, model)}</p></div>
<p class="note">Protocol ${protocol}; ${n - quarantined.length} of ${n} items scored; 95 % intervals.</p>
${notes.map((note) => markup`<p class="note">${note}</p>`)}
${scoresSection(record)}${classesSection(record, extras)}${picturesSection(extras)}${leftOutSection(record)}
<h2>Settings</h2><details><summary>As recorded</summary><pre>${JSON.stringify(settings, null, 2)}</pre></details>`;
}

/** Metrics that are lengths or logarithms; all others are shares. */
const inTheirUnit = new Set(["rmse", "mae", "sqRel", "rmseLog", "log10", "silog", "rmse_pooled", "absRel"]);

const text = (name: string, value: number): string => {
  if (!Number.isFinite(value)) return "–";
  return inTheirUnit.has(name) ? decimal(value) : `${(100 * value).toFixed(1)} %`;
};

function resultOf({ headline, metrics, n, quarantined }: LoadedEvaluationRecord, model: string): string {
  const metric = metrics[headline];
  if (!metric) return `${model} has no ${headline}.`;
  const [low, high] = metric.ci95;
  const interval = Number.isFinite(low)
    ? `95 % interval ${text(headline, low)} to ${text(headline, high)}`
    : "no interval";
  const left = quarantined.length > 0 ? `; ${quarantined.length} more could not be used` : "";
  const count = `n = ${n - quarantined.length}${left}`;
  return `${model} reaches ${headline} ${text(headline, metric.value)} (${interval}, ${count}).`;
}

function scoresSection({ metrics, headline }: LoadedEvaluationRecord): Markup {
  const rowOf = ([name, { value, ci95 }]: readonly [string, { value: number; ci95: readonly [number, number] }]) => [
    name === headline ? markup`<span class="primary">${name}</span>` : name,
    text(name, value),
    Number.isFinite(ci95[0]) ? `${text(name, ci95[0])} to ${text(name, ci95[1])}` : "",
  ];
  const head = ["metric", "value", "95 % interval"];
  const isGrid = ([name]: readonly [string, unknown]): boolean => name.startsWith("top1_lr");
  const all = Object.entries(metrics);
  const grid = all.filter(isGrid).map(rowOf);
  const caption = "Scores; the primary metric is bold";
  const main = table(caption, head, all.filter((entry) => !isGrid(entry)).map(rowOf));
  if (grid.length === 0) return markup`<h2>Scores</h2>${main}`;
  const heads = table("Top-1 on the scored images", head, grid);
  return markup`<h2>Scores</h2>${main}<details><summary>Every head of the grid</summary>${heads}</details>`;
}

function classesSection({ groups, headline }: LoadedEvaluationRecord, { classColour }: ReportExtras) {
  const bars = Object.entries(groups).flatMap(([name, { value, n }], i) => {
    if (n === 0) return [];
    const width = Number.isFinite(value) ? Math.max(0, Math.min(100, 100 * value)) : 0;
    const color = classColour ? `;background:rgb(${classColour(i).join()})` : "";
    return [
      markup`<div class="bar"><span title="${name}">${name}</span>
<div class="track"><i style="width:${width}%${color}"></i></div><b>${text(headline, value)}</b></div>`,
    ];
  });
  return bars.length > 0 ? markup`<h2>${headline} by group</h2><div class="bars">${bars}</div>` : undefined;
}

function picturesSection({ pictures, classes = [], classColour, depthRange }: ReportExtras): Markup | undefined {
  if (pictures.length === 0) return undefined;
  const legend =
    classColour && classes.length <= 24
      ? classes.map(
          (name, i) => markup`<i class="swatch" style="background:rgb(${classColour(i).join()})"></i>${name} `,
        )
      : [];
  const ramp =
    depthRange &&
    markup`<p class="note">${depthRange[0]}<span class="ramp"></span>${depthRange[1]}; black was not measured</p>`;
  const imageOf = (id: string, { caption, png }: PictureRow["pictures"][number]): Markup =>
    markup`<figure><img alt="${`${id}: ${caption}`}" src="data:image/png;base64,${png}">
<figcaption>${caption}</figcaption></figure>`;
  const rows = pictures.map(
    ({ id, note, pictures: own }) => markup`<div class="row"><p><b>${id}</b> ${note}</p>
<div class="pictures">${own.map((picture) => imageOf(id, picture))}</div></div>`,
  );
  return markup`<h2>Pictures</h2><p class="note">${legend}</p>${ramp}${rows}`;
}

const mostShown = 50;

function leftOutSection({ quarantined, n }: LoadedEvaluationRecord): Markup | undefined {
  if (quarantined.length === 0) return undefined;
  const items = quarantined.slice(0, mostShown).map(({ name, reason }) => markup`<li><b>${name}</b>: ${reason}</li>`);
  return markup`<h2>Left out</h2>
<p class="note">${quarantined.length} of ${n} items could not be used and count in no score.</p><ul>${items}</ul>`;
}
