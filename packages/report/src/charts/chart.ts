import { VptError } from "@vpt/contracts";
import type { TopLevelSpec } from "vega-lite";

/**
 * Draws a Vega-Lite chart as SVG text: the page needs no script and no network. `vega` and `vega-lite` are
 * optional packages.
 *
 * @throws {VptError} When they are not installed.
 */
export async function chart(spec: TopLevelSpec): Promise<string> {
  const { vega, vegaLite } = await loadVega();
  const view = new vega.View(vega.parse(vegaLite.compile(spec).spec as Parameters<typeof vega.parse>[0]), {
    renderer: "none",
  });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** How charts are drawn, or why they cannot be. */
export type Draw = (spec: TopLevelSpec) => Promise<string>;

/**
 * Imports the chart packages when the first chart is drawn.
 *
 * @throws {VptError} When one is not installed, with the command that installs both.
 */
export async function loadVega(load: (name: "vega" | "vega-lite") => Promise<unknown> = importPackage) {
  try {
    const [vega, vegaLite] = await Promise.all([load("vega"), load("vega-lite")]);
    return { vega: vega as typeof import("vega"), vegaLite: vegaLite as typeof import("vega-lite") };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new VptError(
      "charts: expected the packages vega and vega-lite, found neither or one: npm install vega vega-lite",
    );
  }
}

const importPackage = (name: "vega" | "vega-lite"): Promise<unknown> =>
  name === "vega" ? import("vega") : import("vega-lite");

/** A point of a line that {@link lines} draws. */
export interface Point {
  readonly series: string;
  readonly x: number;
  readonly y: number;
}

/** Lines over one axis, a colour a series in the order of `series`. */
export const lines = (points: readonly Point[], x: string, y: string, series: readonly string[]): Promise<string> =>
  chart({
    width: 420,
    height: 220,
    data: { values: [...points] },
    mark: { type: "line", point: { size: 18 } },
    encoding: {
      x: { field: "x", type: "quantitative", title: x },
      y: { field: "y", type: "quantitative", title: y, scale: { zero: false } },
      color: {
        field: "series",
        type: "nominal",
        scale: { domain: [...series] },
        legend: {
          title: null,
          orient: "top",
          symbolOpacity: 1,
          values: series.filter((name) => points.some((point) => point.series === name)),
        },
      },
    },
  });
