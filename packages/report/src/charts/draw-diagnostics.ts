import type { ProbeDiagnostics } from "@vpt/train";
import type { TopLevelSpec } from "vega-lite";
import type { DiagnosticName } from "../probe-sentences.js";
import { chartBase } from "./draw-curve.js";

/** A diagnostic's chart, with what its lines mean. */
export interface DiagnosticChart {
  readonly title: string;
  readonly note: string;
  readonly spec: TopLevelSpec;
}

const blue = "#3b82f6";
const faint = { color: "currentColor", opacity: 0.5, strokeWidth: 1, strokeDash: [4, 4] } as const;
const axis = { format: "~g", tickCount: 5 } as const;
const quantity = (field: string, title: string) => ({ field, type: "quantitative", title, axis }) as const;

/** Describes a chart of each diagnostic that was measured. */
export function drawDiagnostics({
  stepBound,
  remainder,
  estimator,
  subset,
  stepTaken,
}: ProbeDiagnostics): Partial<Record<DiagnosticName, DiagnosticChart>> {
  return {
    ...(stepBound && { stepBound: boundChart(stepBound) }),
    ...(remainder && { remainder: remainderChart(remainder) }),
    ...(estimator && { estimator: estimatorChart(estimator) }),
    ...(subset && { subset: subsetChart(subset) }),
    stepTaken: {
      title: "Step taken: predicted and realized decrease",
      note: "On the dashed line the prediction is exact.",
      spec: againstDiagonal(
        stepTaken.pairs.map(({ predicted, realised }) => ({ x: predicted, y: realised })),
        ["predicted, −⟨g, Δθ⟩", "realized"],
      ),
    },
  };
}

const boundChart = ({ points }: NonNullable<ProbeDiagnostics["stepBound"]>): DiagnosticChart => ({
  title: "Theorem 3.1: guaranteed and realized decrease",
  note: "On or above the dashed line the bound holds.",
  spec: againstDiagonal(
    points.map(({ rate, guaranteed, realised }) => ({ x: guaranteed, y: realised, series: `η = ${rate}` })),
    ["guaranteed, ηV − ½Lη²‖g‖²", "realized"],
  ),
});

const subsetChart = (gaps: NonNullable<ProbeDiagnostics["subset"]>): DiagnosticChart => ({
  title: "Equation 20: what the aligned subset leaves out",
  note: "On or below the dashed line the bound holds.",
  spec: againstDiagonal(
    gaps.map(({ value, subsetValue, bound }) => ({ x: bound, y: Math.abs(value - subsetValue) })),
    ["bound", "|V − V_S|"],
  ),
});

interface Against {
  readonly x: number;
  readonly y: number;
  readonly series?: string;
}

/** Points beside the line on which both numbers are equal; a colour for each series, where there are any. */
function againstDiagonal(points: readonly Against[], [xTitle, yTitle]: readonly [string, string]): TopLevelSpec {
  const numbers = points.flatMap(({ x, y }) => [x, y]);
  const ends = [Math.min(...numbers), Math.max(...numbers)].map((end) => ({ x: end, y: end }));
  const scale = { zero: false } as const;
  const place = { x: { ...quantity("x", xTitle), scale }, y: { ...quantity("y", yTitle), scale } };
  const legend = { title: null, orient: "top", symbolOpacity: 1 } as const;
  const color = points.some(({ series }) => series !== undefined)
    ? ({ field: "series", type: "nominal", legend } as const)
    : { value: blue };
  return {
    ...chartBase,
    layer: [
      { data: { values: ends }, mark: { type: "line", ...faint }, encoding: place },
      {
        data: { values: points.map((point) => ({ ...point })) },
        mark: { type: "point", filled: true, size: 40 },
        encoding: { ...place, color },
      },
    ],
  } as TopLevelSpec;
}

function remainderChart({ points }: NonNullable<ProbeDiagnostics["remainder"]>): DiagnosticChart {
  const scale = { type: "log" } as const;
  const place = {
    x: { ...quantity("rate", "rate η"), scale },
    y: { ...quantity("remainder", "|ηV − realized|, median"), scale },
  };
  const largest = points.reduce((most, point) => (point.rate > most.rate ? point : most));
  const second = points.map(({ rate }) => ({ rate, remainder: largest.remainder * (rate / largest.rate) ** 2 }));
  return {
    title: "Proposition 3.2: what the value leaves out",
    note: "The dashed line is of order 2, through the largest rate.",
    spec: {
      ...chartBase,
      layer: [
        { data: { values: second }, mark: { type: "line", ...faint }, encoding: place },
        {
          data: { values: points.map((point) => ({ ...point })) },
          mark: { type: "line", color: blue, point: { color: blue, size: 40 } },
          encoding: place,
        },
      ],
    } as TopLevelSpec,
  };
}

function estimatorChart({ exact, sameRows, ...feedback }: NonNullable<ProbeDiagnostics["estimator"]>): DiagnosticChart {
  const sets = [{ rows: "feedback", ...feedback }, ...(sameRows ? [{ rows: "probe rows", ...sameRows }] : [])];
  const y = { field: "rows", type: "nominal", title: "batches of", sort: null } as const;
  const x = quantity("value", "V_S of one batch");
  const bands = sets.map(({ rows, mean, standardError }) => ({
    rows,
    low: mean - 2 * standardError,
    high: mean + 2 * standardError,
  }));
  return {
    title: "Lemma 3.3: batches beside all probe rows",
    note: "The line is the value by all probe rows, a band the mean of the batches ± 2 standard errors.",
    spec: {
      ...chartBase,
      height: { step: 44 },
      layer: [
        {
          data: { values: bands },
          mark: { type: "bar", color: blue, opacity: 0.18 },
          encoding: { x: { ...x, field: "low", scale: { zero: false } }, x2: { field: "high" }, y },
        },
        { data: { values: [{ value: exact }] }, mark: { type: "rule", color: "currentColor" }, encoding: { x } },
        {
          data: { values: sets.flatMap(({ rows, draws }) => draws.map((value) => ({ rows, value }))) },
          mark: { type: "tick", color: blue, thickness: 1.5, size: 24 },
          encoding: { x, y },
        },
      ],
    } as TopLevelSpec,
  };
}
