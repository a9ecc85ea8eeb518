import type { TopLevelSpec } from "vega-lite";
import { chartBase, colorOf } from "./draw-curve.js";

/** A pair of the one-step probe. */
export interface ProbePair {
  readonly series: string;
  readonly predicted: number;
  readonly realized: number;
}

/** Describes a scatter plot of the probe's pairs, with the line on which prediction and outcome are equal. */
export function drawProbe(pairs: readonly ProbePair[], colors: ReadonlyMap<string, string>): TopLevelSpec {
  const numbers = pairs.flatMap(({ predicted, realized }) => [predicted, realized]);
  const ends = [Math.min(...numbers), Math.max(...numbers)].map((end) => ({ predicted: end, realized: end }));
  const axis = { format: "~g", tickCount: 5 };
  const x = { field: "predicted", type: "quantitative", title: "predicted, −⟨g, Δθ⟩", axis } as const;
  const y = { field: "realized", type: "quantitative", title: "realized", axis } as const;
  return {
    ...chartBase,
    layer: [
      {
        data: { values: ends },
        mark: { type: "line", strokeDash: [4, 4], color: "currentColor", opacity: 0.5, strokeWidth: 1 },
        encoding: { x, y },
      },
      {
        data: { values: pairs.map((pair) => ({ ...pair })) },
        mark: { type: "point", filled: true, size: 40 },
        encoding: { x, y, color: colorOf(pairs, colors) },
      },
    ],
  };
}
