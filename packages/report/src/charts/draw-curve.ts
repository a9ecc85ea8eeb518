import type { TopLevelSpec } from "vega-lite";
import type { Curve, CurvePoint } from "./curves.js";

/** What a curve can be drawn against. */
export type CurveAxis = "steps" | "units" | "seconds";

/** Colours that follow the page, light or dark. */
const ink = "currentColor";
const config = {
  background: "transparent",
  view: { stroke: null },
  axis: { labelColor: ink, titleColor: ink, titleFontWeight: "normal", domainOpacity: 0.4, tickOpacity: 0.4 },
  legend: { labelColor: ink, titleColor: ink },
  header: { labelColor: ink, titleColor: ink },
  line: { strokeWidth: 1.6 },
} as const;
const axisColors = { domainColor: ink, tickColor: ink, gridColor: ink, gridOpacity: 0.12 } as const;

/** Size and colours that every chart of a report shares. */
export const chartBase = {
  width: 400,
  height: 200,
  config: { ...config, axis: { ...config.axis, ...axisColors } },
} as const;

/** A colour for each method; the legend names those that have points. */
export const colorOf = (points: readonly Pick<CurvePoint, "series">[], colors: ReadonlyMap<string, string>) => {
  const present = [...colors.keys()].filter((method) => points.some(({ series }) => series === method));
  const scale = { domain: [...colors.keys()], range: [...colors.values()] };
  const legend = { title: null, orient: "top", columns: 4, symbolOpacity: 1, symbolStrokeWidth: 3, values: present };
  return { field: "series", type: "nominal", scale, legend } as const;
};

/** Describes the chart of a curve against one axis; undefined where no point has a place on it. */
export function drawCurve(
  curve: Curve,
  by: CurveAxis,
  unit: string,
  colors: ReadonlyMap<string, string>,
): TopLevelSpec | undefined {
  const { axis, panels } = curve;
  const points = curve.points.filter((point) => point[fieldOf[by]] !== undefined);
  if (points.length === 0) return undefined;
  const titles = { steps: "step", units: unit, seconds: "seconds of training" } as const;
  const x = {
    field: fieldOf[by],
    type: "quantitative",
    title: titles[by],
    scale: { zero: true, nice: false },
    axis: { format: "~s", tickCount: 6 },
  } as const;
  const isFew = points.length <= 12 * new Set(points.map(({ series }) => series)).size;
  const layer = layersOf(axis, { isFew, hasBand: points.some(({ low, high }) => low < high) });
  const values = points.map((point) => ({ ...point }));
  if (!panels)
    return { ...chartBase, data: { values }, encoding: { x, color: colorOf(points, colors) }, layer } as TopLevelSpec;
  const color = { ...colorOf(points, colors), legend: null };
  return {
    config: chartBase.config,
    data: { values },
    facet: { field: "series", type: "nominal", title: null, sort: [...colors.keys()] },
    columns: 2,
    spec: { width: 165, height: 90, encoding: { x: { ...x, axis: { ...x.axis, tickCount: 3 } }, color }, layer },
    resolve: { scale: { y: "independent" } },
  } as TopLevelSpec;
}

const fieldOf = { steps: "step", units: "units", seconds: "seconds" } as const;

const layersOf = (title: string, { isFew, hasBand }: { readonly isFew: boolean; readonly hasBand: boolean }) => {
  const y = { type: "quantitative", title, scale: { zero: false } } as const;
  const band = {
    mark: { type: "area", opacity: 0.18 },
    encoding: { y: { ...y, field: "low" }, y2: { field: "high" } },
  };
  const line = { mark: { type: "line", ...(isFew && { point: { size: 22 } }) }, encoding: { y: { ...y, field: "y" } } };
  return hasBand ? [band, line] : [line];
};
