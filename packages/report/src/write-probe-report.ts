import { join, resolve } from "node:path";
import { VptError } from "@vpt/contracts";
import { writeDurably } from "@vpt/core/run";
import { openCharts } from "./charts/figure.js";
import { markup } from "./html/markup.js";
import { page } from "./html/page.js";
import { readProbeFile } from "./probe-file.js";
import { probeSection } from "./sections/probe-section.js";
import { glossary } from "./sections/glossary.js";
import type { ReportOptions } from "./write-report.js";

/**
 * Writes `probe.html` into a run folder: what its `probe.json` says of the paper's theorems, in words and charts.
 *
 * @returns Its path.
 * @throws {VptError} When the folder has no probed step.
 * @example
 * ```ts
 * import { writeProbeReport } from "@vpt/report";
 *
 * const path = await writeProbeReport("runs/a"); // after vpt probe --run runs/a
 * ```
 */
export async function writeProbeReport(folder: string, { draw }: ReportOptions = {}): Promise<string> {
  const records = readProbeFile(folder);
  const section = await probeSection(records, await openCharts(draw));
  if (!section) throw new VptError(`${folder}: expected probe.json with a probed step; run vpt probe --run ${folder}`);
  const body = markup`<h1>Probe of ${folder}</h1>${section}`;
  const methods = records.map(({ method }) => method);
  const path = join(folder, "probe.html");
  await writeDurably(path, page("V-Pretraining probe", markup`${body}${glossary(body, methods)}`));
  return resolve(path);
}
