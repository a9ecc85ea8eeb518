import { expect, it } from "vitest";
import { paretoFront } from "./pareto-front.js";
import { paretoFigure, paretoStudy, summarizePareto } from "./pareto.js";
import { weightGrid } from "./weight-grid.js";

it("the front holds what nothing beats in both; equal points share it", () => {
  const points = [
    [1, 1],
    [2, 0],
    [0, 2],
    [0.5, 0.5],
    [1, 1],
    [1, 0],
  ];
  expect(paretoFront(points)).toEqual([true, true, true, false, true, false]);
});

it("a better mIoU at a worse RMSE is on the front, and the figure names every point", async () => {
  const scores = (mIoU: number, rmse: number) => ({ mIoU, rmse });
  const weighed = Object.fromEntries(weightGrid.map(([a, b], i) => [`${a}:${b}`, scores(0.5 - i / 100, 1 - i / 100)]));
  const summary = summarizePareto([
    { seed: 1, baseline: scores(0.3, 2), weighed: { ...weighed, "1:1": scores(0.4, 1.5) } },
  ]);
  expect(summary.points.map(({ onFront }) => onFront)).toEqual([true, true, true, false, true, true, true]);
  const svg = await paretoFigure(summary);
  for (const name of ["4:1", "0:1", "baseline: mIoU 0.3000, depth RMSE 2.0000 m"]) expect(svg).toContain(`>${name}<`);
});

it("shows every pair of weights, which are dominated, and the baseline without a verdict", async () => {
  const scores = (mIoU: number, rmse: number) => ({ mIoU, rmse });
  const weighed = Object.fromEntries(weightGrid.map(([a, b], i) => [`${a}:${b}`, scores(0.5 - i / 100, 1 + i / 100)]));
  const rows = [1, 2].map((seed) => ({ seed, baseline: scores(0.3, 2), weighed }));
  const measured = { study: "pareto", scale: "tiny", machine: "m", backend: "b", minutes: 1, settings: {} };
  const { text, failures } = await paretoStudy.fromRows!({ ...measured, rows });
  expect(failures).toEqual([]);
  expect(text).toContain("**The weights 1:0 form the front of mIoU and depth RMSE.**");
  expect(text).toContain("| baseline | 0.3000 | 2.0000 | |");
  expect(text).toContain("| 1:0 | 0.5000 | 1.0000 | yes |");
  expect(text).toContain("| 0:1 | 0.4400 | 1.0600 | dominated |");
  expect(text).toContain("`vpt repro pareto --scale tiny`, seeds 1 and 2.");
});

it("a single point is its own front, and no points have none", () => {
  expect(paretoFront([[1, 2]])).toEqual([true]);
  expect(paretoFront([])).toEqual([]);
});
