import { drawDiagnostics } from "../charts/draw-diagnostics.js";
import { figure, type ChartDrawer } from "../charts/figure.js";
import { markup, type Markup } from "../html/markup.js";
import type { ProbeRecord } from "../probe-file.js";
import { diagnosticNames, probeSentences } from "../probe-sentences.js";

/** What `vpt probe` found at the checkpoints of a run: a sentence and a chart for each theorem, method by method. */
export async function probeSection(records: readonly ProbeRecord[], charts: ChartDrawer): Promise<Markup | undefined> {
  const parts: Markup[] = [];
  for (const record of records) parts.push(...(await methodParts(record, charts)));
  if (parts.length === 0) return undefined;
  const missing =
    charts.missing === undefined ? undefined : markup`<p class="note">Charts are left out. ${charts.missing}</p>`;
  return markup`<h3>Probe of the checkpoints</h3>${missing}${parts}`;
}

async function methodParts({ method, step, diagnostics }: ProbeRecord, charts: ChartDrawer): Promise<Markup[]> {
  if (!diagnostics) return [];
  const sentences = probeSentences(diagnostics);
  const figures: Markup[] = [];
  const drawn = drawDiagnostics(diagnostics);
  for (const name of diagnosticNames) {
    const chart = drawn[name];
    const svg = chart && (await charts.draw(chart.spec, `${chart.title}; ${sentences[name]}`));
    if (chart && svg) figures.push(figure(chart.title, svg, chart.note));
  }
  const lines = diagnosticNames.flatMap((name) => sentences[name] ?? []);
  return [
    markup`<h4>${method} at step ${step}</h4>
<ul>${lines.map((line) => markup`<li>${line}</li>`)}</ul>
<div class="charts">${figures}</div>`,
  ];
}
