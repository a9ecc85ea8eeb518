import { expect, it } from "vitest";
import { differenceFigure } from "./difference-figure.js";

it("draws each difference with its interval, dark where zero is outside; one seed has a point alone", async () => {
  const svg = await differenceFigure([
    {
      title: "NLL − baseline (left is better)",
      differences: {
        value: { mean: -0.2, ci95: [-0.3, -0.1] },
        random: { mean: 0.01, ci95: [-0.1, 0.12] },
        "no KL": { mean: 0.18, ci95: null },
      },
    },
  ]);
  for (const text of ["value", "random", "no KL", "NLL − baseline (left is better)"]) expect(svg).toContain(text);
  expect(svg.match(/stroke="#1f3b6f"|fill="#1f3b6f"/g)!.length).toBe(2); // the interval and the point of `value`
});
