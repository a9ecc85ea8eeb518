import { budgetOf } from "../format.js";
import { markup, type Content, type Markup } from "../html/markup.js";
import type { FinishedRun } from "../read-run.js";
import type { PresetUse } from "@vpt/train";

/** How the runs were made: date, model, data, versions, hardware, and the whole configuration. */
export function setupSection(runs: readonly [FinishedRun, ...FinishedRun[]]): Markup {
  const [{ summary, config }] = runs;
  const each = (of: (run: FinishedRun) => string | number): string => [...new Set(runs.map(of))].join(", ");
  const sizes = Object.entries(summary.data).map(([name, count]) => `${count.toLocaleString("en")} ${name}`);
  const environment = Object.entries(summary.environment ?? {});
  const facts: readonly (readonly [string, Content])[] = [
    ["Folder", each(({ folder }) => folder)],
    ["Finished", each((run) => run.summary.finishedAt)],
    ["Model", `${summary.model} (${summary.kind})`],
    ["Seed", each((run) => run.summary.seed)],
    ...(summary.preset ? [["Preset", presetOf(summary.preset)] as const] : []),
    ["Steps", summary.match === "seconds" ? budgetOf(summary) : `${summary.steps} a method`],
    ["Data", `${sizes.join(", ")} (${summary.unit === "images" ? "images" : "rows"})`],
    ["Backend", summary.backend],
    ...environment.map(([name, value]) => [name, value] as const),
    ["Peak memory", each((run) => `${(run.summary.peakResidentBytes / 1e9).toFixed(2)} GB`)],
    ...(summary.stall === undefined
      ? []
      : [["Stall", each((run) => `${(100 * (run.summary.stall ?? 0)).toFixed(1)} % of the time`)] as const]),
  ];
  return markup`<h3>Setup</h3>
<dl>${facts.map(([name, value]) => markup`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
${environment.length > 0 ? undefined : markup`<p class="note">The run recorded no versions and no processor.</p>`}
${config && markup`<details><summary>Configuration</summary><pre>${JSON.stringify(config, null, 2)}</pre></details>`}`;
}

/** A preset by its name, and what the run has otherwise. */
function presetOf({ name, settings }: PresetUse): string {
  const each = settings.flatMap(({ key, preset, changed }) =>
    changed === undefined ? [] : [`${key} ${changed} (preset: ${preset})`],
  );
  return `${name}, ${each.length === 0 ? "unchanged" : `changed: ${each.join("; ")}`}`;
}
