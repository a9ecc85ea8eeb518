import { parse, View, type Spec } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";

/** A Vega-Lite chart as SVG text, drawn here: the page needs no script and no network. */
export async function chart(spec: TopLevelSpec): Promise<string> {
  const view = new View(parse(compile(spec).spec as Spec), { renderer: "none" });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** Points of one series, long form. */
export interface Point {
  readonly series: string;
  readonly x: number;
  readonly y: number;
}

const size = { width: 420, height: 220 } as const;
/** Methods in the order of their colours: the same method has the same colour in every chart. */
const methodOrder: readonly string[] = [
  "baseline",
  "tilt",
  "value",
  "random-direction",
  "shuffled-labels",
  "uniform",
  "self-distillation",
  "oracle",
  "sign-flipped",
  "sft",
  "random-mask",
  "random-tilt",
];
/** One colour an method, the same in every chart; the legend names those that are there. */
export const colorOf = (points: readonly Pick<Point, "series">[], methods: readonly string[] = methodOrder) =>
  ({
    field: "series",
    type: "nominal",
    scale: { domain: [...methods] },
    legend: {
      title: null,
      orient: "top",
      symbolOpacity: 1,
      values: methods.filter((method) => points.some(({ series }) => series === method)),
    },
  }) as const;

/** Lines over steps. */
export const lines = (points: readonly Point[], x: string, y: string, series = methodOrder): Promise<string> =>
  chart({
    ...size,
    data: { values: [...points] },
    mark: { type: "line", point: { size: 18 } },
    encoding: {
      x: { field: "x", type: "quantitative", title: x },
      y: { field: "y", type: "quantitative", title: y, scale: { zero: false } },
      color: colorOf(points, series),
    },
  });

/** A cloud of pairs with the line on which both are equal. */
export const scatter = (points: readonly Point[], x: string, y: string): Promise<string> => {
  const ends = [Math.min(...points.flatMap((p) => [p.x, p.y])), Math.max(...points.flatMap((p) => [p.x, p.y]))];
  return chart({
    ...size,
    layer: [
      {
        data: { values: ends.map((end) => ({ x: end, y: end })) },
        mark: { type: "line", strokeDash: [4, 4], color: "#999" },
        encoding: {
          x: { field: "x", type: "quantitative" },
          y: { field: "y", type: "quantitative" },
        },
      },
      {
        data: { values: [...points] },
        mark: { type: "point", filled: true, size: 40 },
        encoding: {
          x: { field: "x", type: "quantitative", title: x },
          y: { field: "y", type: "quantitative", title: y },
          color: colorOf(points),
        },
      },
    ],
  });
};

/** A band between `low` and `high` with its mean. */
export const band = (
  points: readonly { readonly x: number; readonly low: number; readonly mean: number; readonly high: number }[],
  x: string,
  y: string,
): Promise<string> =>
  chart({
    ...size,
    data: { values: [...points] },
    encoding: { x: { field: "x", type: "quantitative", title: x } },
    layer: [
      {
        mark: { type: "area", opacity: 0.25 },
        encoding: {
          y: { field: "low", type: "quantitative", title: y, scale: { domain: [0, 1] } },
          y2: { field: "high" },
        },
      },
      { mark: "line", encoding: { y: { field: "mean", type: "quantitative" } } },
    ],
  });

/** Bars side by side: before and after. */
export const histogram = (
  values: readonly { readonly series: string; readonly x: string; readonly y: number }[],
  x: string,
  y: string,
): Promise<string> =>
  chart({
    ...size,
    data: { values: [...values] },
    mark: "bar",
    encoding: {
      x: { field: "x", type: "ordinal", title: x, sort: null, axis: { labelAngle: 0 } },
      xOffset: { field: "series", sort: null },
      y: { field: "y", type: "quantitative", title: y },
      color: { field: "series", type: "nominal", sort: null, legend: { title: null, orient: "top" } },
    },
  });

/** One line a series through the means, in a band from the lowest to the highest of the points that share an x. `domain`: the ends of y, when they are known. */
export const bands = (
  points: readonly Point[],
  x: string,
  y: string,
  domain?: readonly [number, number],
): Promise<string> =>
  chart({
    ...size,
    data: { values: [...points] },
    encoding: { x: { field: "x", type: "quantitative", title: x }, color: colorOf(points) },
    layer: [
      {
        mark: { type: "area", opacity: 0.2 },
        encoding: {
          y: {
            field: "y",
            type: "quantitative",
            aggregate: "min",
            title: y,
            scale: domain ? { domain: [...domain] } : { zero: false },
          },
          y2: { field: "y", aggregate: "max" },
        },
      },
      { mark: "line", encoding: { y: { field: "y", type: "quantitative", aggregate: "mean" } } },
    ],
  });
