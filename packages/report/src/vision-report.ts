import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { readLog, writeDurably } from "@vpt/core/run";
import { chart, colorOf, type Point } from "./chart.js";
import { escapeHtml } from "./escape-html.js";
import { type VisionSummary, visionMethods } from "@vpt/train/vision";

/**
 * One HTML file for a vision run: scores, curves, the learned masks, and predictions beside the truth. It holds everything it shows.
 *
 * @returns Its path.
 */
export async function writeVisionReport(folder: string, summary: VisionSummary): Promise<string> {
  const { methods, before, classes, images, seed, steps, backend, leftOut } = summary;
  const left = leftOut.unlabeled + leftOut.labelled;
  const logs = methods.map(({ method }) => ({ method, log: readLog(join(folder, method, "metrics.jsonl")) }));
  const curve = (metric: string, title: string): Promise<string> | string => {
    const points = logs.flatMap(({ method, log }) =>
      log.flatMap((line) =>
        typeof line[metric] === "number" ? [{ x: line["step"] as number, y: line[metric], series: method }] : [],
      ),
    );
    return points.length === 0 ? "" : lineChart(points, title);
  };
  const charts = await Promise.all([
    curve("loss", "DINO loss"),
    curve("teacherEntropy", "teacher entropy, nats"),
    curve("mask", "mean of the masks"),
    curve("maskDeviation", "deviation of the masks"),
    curve("value", "value V"),
  ]);
  const number = (value: number | undefined): string => (value === undefined ? "" : value.toFixed(4));
  const row = (name: string, scores: typeof before, seconds?: number): string =>
    `<tr>${[name, number(scores.mIoU), ...scores.iou.map((iou) => (Number.isNaN(iou) ? "–" : iou.toFixed(3))), number(scores.rmse), number(scores.delta1), seconds?.toFixed(2) ?? ""].map((cell) => `<td>${escapeHtml(cell)}</td>`).join("")}</tr>`;
  const head = ["method", "mIoU", ...classes.map((name) => `IoU ${name}`), "depth RMSE, m", "δ1", "s a step"];
  const picture = (file: string, caption: string): string => {
    const path = join(folder, file);
    if (!existsSync(path)) return "";
    return `<figure><img alt="" src="data:image/png;base64,${readFileSync(path).toString("base64")}"><figcaption>${escapeHtml(caption)}</figcaption></figure>`;
  };
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Vision run</title>
<style>body{font:15px/1.5 system-ui;margin:2rem auto;max-width:72rem;padding:0 1rem}table{border-collapse:collapse}td,th{border-bottom:1px solid #ddd;padding:.3rem .6rem;text-align:right}td:first-child,th:first-child{text-align:left}.charts{display:flex;flex-wrap:wrap;gap:1rem}img{max-width:100%;image-rendering:pixelated}</style>
<h1>Continued DINO pretraining</h1>
<p>${escapeHtml(
    `${steps} steps an method, seed ${seed}, ${backend}. Images: ${Object.entries(images)
      .map(([name, count]) => `${count} ${name}`)
      .join(
        ", ",
      )}. Scores are those of linear batch-norm heads trained on the frozen backbone; one seed says nothing about a difference between methods: see vpt repro main-vision.`,
  )}</p>
${left === 0 ? "" : `<p>${leftOut.unlabeled} stream images and ${leftOut.labelled} labelled ones could not be used and were left out; <code>quarantine.jsonl</code> says why.</p>`}
<table><tr>${head.map((cell) => `<th>${escapeHtml(cell)}</th>`).join("")}</tr>${row("start", before)}${methods.map((method) => row(method.method, method, method.secondsPerStep)).join("")}</table>
<div class="charts">${charts.join("\n")}</div>
${picture("masks.png", "Global crops, learned masks (white is kept), and the mixed views that the student sees.")}
${picture("predictions.png", "Test images, true labels, predicted labels, true depth, predicted depth (near is bright).")}
</html>
`;
  const path = join(folder, "report.html");
  await writeDurably(path, html);
  return resolve(path);
}

/** Lines over steps, an method a colour. */
const lineChart = (points: readonly Point[], title: string): Promise<string> =>
  chart({
    width: 420,
    height: 220,
    data: { values: [...points] },
    mark: { type: "line" },
    encoding: {
      x: { field: "x", type: "quantitative", title: "step" },
      y: { field: "y", type: "quantitative", title, scale: { zero: false } },
      color: colorOf(points, visionMethods),
    },
  });
