import { resolve } from "node:path";
import { writeDurably } from "@vpt/core/run";
import type { LoadedEvaluationRecord } from "@vpt/eval/imagenet";
import { escapeHtml } from "./escape-html.js";
import { classColour, type PictureRow } from "@vpt/vision/evaluation";

/** What the page says beside the record. */
export interface ReportExtras {
  readonly model: string;
  readonly pictures: readonly PictureRow[];
  /** Classes of the pictures' colours, in order. */
  readonly classes?: readonly string[];
  /** Two words for the ends of the depth colours. */
  readonly depthRange?: readonly [string, string];
  readonly notes?: readonly string[];
}

const text = (value: number, unit: string): string => {
  if (Number.isNaN(value)) return "–";
  return unit === "%" ? (100 * value).toFixed(1) : value.toFixed(4);
};

/** Metrics that are lengths or logarithms; all others are shares. */
const plain = new Set(["rmse", "mae", "sqRel", "rmseLog", "log10", "silog", "rmse_pooled", "absRel"]);

/**
 * One HTML file of an evaluation: scores with their intervals, classes, images beside truth and prediction, and what was left out. It
 * holds everything it shows.
 *
 * @returns Its path.
 */
export async function writeEvaluationReport(
  path: string,
  record: LoadedEvaluationRecord,
  { model, pictures, classes, depthRange, notes = [] }: ReportExtras,
): Promise<string> {
  const { task, protocol, n, metrics, groups, headline, settings, quarantined } = record;
  const row = (name: string, { value, ci95 }: { value: number; ci95: readonly [number, number] }): string => {
    const unit = plain.has(name) ? "" : "%";
    const interval = Number.isNaN(ci95[0]) ? "" : `${text(ci95[0], unit)} to ${text(ci95[1], unit)}`;
    return `<tr${name === headline ? ' class="headline"' : ""}><td>${escapeHtml(name)}</td><td>${text(value, unit)}${unit === "%" ? " %" : ""}</td><td>${interval}</td></tr>`;
  };
  const main = Object.entries(metrics).filter(([name]) => !name.startsWith("top1_lr"));
  const heads = Object.entries(metrics).filter(([name]) => name.startsWith("top1_lr"));
  const bars = Object.entries(groups)
    .map(([name, { value, n: images }], i) => ({ name, value, images, colour: classColour(i) }))
    .filter(({ images }) => images > 0);
  const legend = classes?.map(
    (name, i) => `<span class="key"><i style="background:rgb(${classColour(i).join()})"></i>${escapeHtml(name)}</span>`,
  );
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(task)}</title>
<style>
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:68rem;padding:0 1rem;color:#1b1b1b;background:#fff}
h1{font-size:1.6rem;margin:0 0 .2rem}h2{font-size:1.15rem;margin:2rem 0 .6rem}.note{color:#555;font-size:13px;margin:.2rem 0}
table{border-collapse:collapse}td,th{border-bottom:1px solid #ddd;padding:.3rem .9rem .3rem 0;text-align:right;font-variant-numeric:tabular-nums}td:first-child,th:first-child{text-align:left}.headline td{font-weight:600}
.bars{display:grid;grid-template-columns:repeat(auto-fill,minmax(20rem,1fr));gap:.15rem 2rem}.bar{display:grid;grid-template-columns:8.5rem 1fr 3.2rem;gap:.6rem;align-items:center;font-size:13px}.bar span{white-space:nowrap;overflow:hidden;text-overflow:ellipsis}.bar b{font-weight:400;text-align:right;font-variant-numeric:tabular-nums}
.track{background:#eee;height:.7rem;border-radius:2px}.track i{display:block;height:100%;border-radius:2px}
.key{display:inline-block;margin:0 1rem .2rem 0;font-size:13px;white-space:nowrap}.key i{display:inline-block;width:.8rem;height:.8rem;border-radius:2px;margin-right:.35rem;vertical-align:-1px}
.row{margin:0 0 1.4rem}.row p{margin:0 0 .3rem;font-size:13px;color:#555}.row b{color:#1b1b1b;font-weight:600}.pictures{display:flex;flex-wrap:wrap;gap:.6rem}figure{margin:0;flex:0 1 20rem;min-width:8rem}figure img{width:100%;display:block;border-radius:3px;image-rendering:auto}figcaption{font-size:12px;color:#555;margin-top:.15rem}
.ramp{display:inline-block;width:12rem;height:.8rem;border-radius:2px;vertical-align:-1px;margin:0 .5rem;background:linear-gradient(90deg,rgb(252,255,164),rgb(243,120,25),rgb(188,55,84),rgb(106,23,110),rgb(20,11,53))}
details{font-size:13px}code{font:12px ui-monospace,monospace;overflow-wrap:anywhere}
</style></head><body>
<h1>${escapeHtml(task)}</h1>
<p class="note">${escapeHtml(`${model}; protocol ${protocol}, ${n - quarantined.length} of ${n} images scored; 95 % intervals`)}</p>
${notes.map((note) => `<p class="note">${escapeHtml(note)}</p>`).join("\n")}
<h2>Scores</h2>
<table><tr><th>metric</th><th>value</th><th>interval</th></tr>${main.map(([name, value]) => row(name, value)).join("")}</table>
${heads.length > 0 ? `<details><summary>Every head of the grid, top-1 on the scored images</summary><table>${heads.map(([name, value]) => row(name, value)).join("")}</table></details>` : ""}
${bars.length > 0 ? `<h2>IoU of each class</h2><div class="bars">${bars.map(({ name, value, colour }) => `<div class="bar"><span title="${escapeHtml(name)}">${escapeHtml(name)}</span><div class="track"><i style="width:${Number.isNaN(value) ? 0 : 100 * value}%;background:rgb(${colour.join()})"></i></div><b>${text(value, "%")} %</b></div>`).join("")}</div>` : ""}
${pictures.length > 0 ? `<h2>Pictures</h2>${legend && legend.length <= 24 ? `<p>${legend.join("")}</p>` : ""}${depthRange ? `<p class="note">${escapeHtml(depthRange[0])}<span class="ramp"></span>${escapeHtml(depthRange[1])}; black was not measured</p>` : ""}${pictures.map(pictureRow).join("\n")}` : ""}
${
  quarantined.length > 0
    ? `<h2>Left out</h2><p class="note">${quarantined.length} of ${n} images could not be used and count in no score.</p><ul>${quarantined
        .slice(0, 50)
        .map(({ name, reason }) => `<li><b>${escapeHtml(name)}</b>: ${escapeHtml(reason)}</li>`)
        .join("")}</ul>`
    : ""
}
<h2>Settings</h2><details><summary>As recorded</summary><code>${escapeHtml(JSON.stringify(settings))}</code></details>
</body></html>
`;
  await writeDurably(path, html);
  return resolve(path);
}

const pictureRow = ({ id, note, pictures }: PictureRow): string =>
  `<div class="row"><p><b>${escapeHtml(id)}</b> ${escapeHtml(note)}</p><div class="pictures">${pictures.map(({ caption, png }) => `<figure><img alt="${escapeHtml(caption)}" src="data:image/png;base64,${png}"><figcaption>${escapeHtml(caption)}</figcaption></figure>`).join("")}</div></div>`;
