import { markup, type Markup } from "../html/markup.js";
import { table } from "../html/table.js";
import type { FinishedRun } from "../read-run.js";

/** How each prompt was continued before training and by each method. */
export function samplesSection({ summary: { before, methods } }: FinishedRun): Markup | undefined {
  const prompts = before.samples ?? methods[0]?.scores.samples ?? [];
  if (prompts.length === 0) return undefined;
  const tables = prompts.map(({ prompt }, i) => {
    const continued = [
      ["before training", before.samples?.[i]?.text] as const,
      ...methods.map(({ method, scores }) => [method, scores.samples?.[i]?.text] as const),
    ];
    const rows = continued.flatMap(([name, text]) => (text === undefined ? [] : [[name, markup`<pre>${text}</pre>`]]));
    return table(
      "Continuations of the prompt at the head",
      ["method", markup`<pre class="prompt">${prompt}</pre>`],
      rows,
    );
  });
  return markup`<h3>Samples</h3>${tables}`;
}
