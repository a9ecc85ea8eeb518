import { chart } from "@vpt/report";
import type { Difference } from "./paired-difference.js";

/** Differences of one measure, by what is compared. */
export interface DifferencePanel {
  /** The measure with its unit, and which way is better. */
  readonly title: string;
  readonly differences: Readonly<Record<string, Difference>>;
}

/** A row for each difference with its interval, a panel for each measure; dark where the interval leaves zero out. */
export const differenceFigure = (panels: readonly DifferencePanel[]): Promise<string> =>
  chart({
    hconcat: panels.map(({ title, differences }) => {
      const values = Object.entries(differences).map(([name, { mean, ci95 }]) => {
        const [low, high] = ci95 ?? [mean, mean];
        return { name, mean, low, high, resolved: ci95 !== null && low * high > 0 };
      });
      const y = {
        field: "name",
        type: "nominal",
        sort: null,
        title: null,
        axis: { labelLimit: 260, grid: true },
      } as const;
      const color = {
        field: "resolved",
        type: "nominal",
        scale: { domain: [true, false], range: ["#1f3b6f", "#9bb2d6"] },
        legend: null,
      } as const;
      const x = { type: "quantitative", title } as const;
      return {
        width: 360,
        height: { step: 22 },
        data: { values },
        layer: [
          { mark: { type: "rule", color: "#999", strokeDash: [4, 4] }, encoding: { x: { datum: 0 } } },
          { mark: { type: "rule", size: 2 }, encoding: { x: { ...x, field: "low" }, x2: { field: "high" }, y, color } },
          {
            mark: { type: "point", filled: true, size: 60, opacity: 1 },
            encoding: { x: { ...x, field: "mean" }, y, color },
          },
        ],
      };
    }),
  });
