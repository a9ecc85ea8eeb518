import { VptError } from "@vpt/contracts";
import type { TopLevelSpec } from "vega-lite";
import { markup, trusted, type Markup } from "../html/markup.js";
import { chart, type Draw } from "./chart.js";

/** Draws charts, or says once why it cannot. */
export interface ChartDrawer {
  /** Why there are no charts; undefined where there are. */
  readonly missing: string | undefined;
  /** The chart as an image with `description` as its alternative text; undefined where there are none. */
  draw(spec: TopLevelSpec, description: string): Promise<Markup | undefined>;
}

/** Tries the chart packages. Without them a report leaves its charts out and says so. */
export async function openCharts(draw: Draw = chart): Promise<ChartDrawer> {
  try {
    await draw({ data: { values: [] }, mark: "point" });
  } catch (error) {
    if (!VptError.isInstance(error)) throw error;
    return { missing: error.message, draw: async () => undefined };
  }
  return {
    missing: undefined,
    draw: async (spec, description) => trusted(labelled(await draw(spec), description)),
  };
}

const labelled = (svg: string, description: string): string =>
  svg.replace("<svg ", () => markup`<svg role="img" aria-label="${description}" `.html);

/** A chart with its title. */
export function figure(title: string, content: Markup | readonly Markup[], note?: string): Markup {
  const below = note === undefined ? undefined : markup`<span class="note">${note}</span>`;
  return markup`<figure><figcaption>${title}${below}</figcaption>
${content}</figure>`;
}
