import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { methodFolder } from "@vpt/train";
import type { TargetPosition, TargetSnapshot } from "@vpt/train/language";
import { histogram } from "./chart.js";
import { escapeHtml } from "./escape-html.js";
import type { FinishedRun } from "./read-run.js";

/** The targets of each method that has some: α over positions, the share of each slot, and a few positions to read. */
export async function targetsSection({ folder, summary }: FinishedRun): Promise<string> {
  const methods = summary.methods.map(({ method }) => method);
  const parts: string[] = [];
  for (const method of methods) {
    const path = join(methodFolder(folder, method), "targets.json");
    if (!existsSync(path)) continue;
    const { before, after } = JSON.parse(readFileSync(path, "utf8")) as {
      before: TargetSnapshot;
      after: TargetSnapshot;
    };
    const gates = (["before", "after"] as const).flatMap((when) =>
      bins((when === "before" ? before : after).gates, when),
    );
    const slots = [before, after].flatMap(({ slots: shares }, i) =>
      shares
        .slice(0, 16)
        .map((y, slot) => ({ series: i === 0 ? "before" : "after", x: slot === 0 ? "true" : String(slot), y })),
    );
    parts.push(`<h3>Targets of ${escapeHtml(method)}</h3>
<div class="charts"><figure><figcaption>Gate α over positions</figcaption>${await histogram(gates, "α", "share of positions")}</figure>
<figure><figcaption>Mean share of the target by candidate: the true token, then the learner's own in order</figcaption>${await histogram(slots, "candidate", "share of the target")}</figure></div>
${table(before.positions, after.positions)}`);
  }
  return parts.length === 0
    ? ""
    : `${parts.join("\n")}
<p class="note">What the learner is asked to predict after a text, at the method's first step with a target of its own and at its end: the largest shares of the target, and in brackets the
learner's own probability. <b>Bold</b> is the true token.</p>`;
}

/** Ten bins of [0, 1], as shares. */
function bins(values: readonly number[], series: string) {
  const counts = Array<number>(10).fill(0);
  for (const value of values) counts[Math.min(9, Math.floor(value * 10))]! += 1;
  return counts.map((count, i) => ({
    series,
    x: `${(i / 10).toFixed(1)}–${((i + 1) / 10).toFixed(1)}`,
    y: count / values.length,
  }));
}

function table(before: readonly TargetPosition[], after: readonly TargetPosition[]): string {
  const visible = (text: string): string => escapeHtml(text.replace(/\n/g, "⏎").replace(/^ /, "␣"));
  const target = ({ gate, truth, candidates }: TargetPosition): string => {
    const items = candidates.map(({ token, target: share, learner }) => {
      const text = `${visible(token)} ${share.toFixed(2)} <span class="note">(${learner.toFixed(2)})</span>`;
      return token === truth ? `<b>${text}</b>` : text;
    });
    return `α ${gate.toFixed(2)}: ${items.join(", ")}`;
  };
  const rows = after.map((position, i) => {
    const first = before[i];
    return `<tr><td>…${visible(position.context)}</td><td>${first ? target(first) : ""}</td><td>${target(position)}</td></tr>`;
  });
  return `<table><thead><tr><th>text</th><th>target before</th><th>target after</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
}
