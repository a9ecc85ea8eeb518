import { expect, it } from "vitest";
import { feedbackSizes, feedbackSizeStudy, summarizeFeedbackSize } from "../feedback-size/feedback-size.js";
import { bestSoFar, summarizeTokens, tokensStudy } from "./tokens.js";

const measured = { scale: "tiny", machine: "m", backend: "b", minutes: 1, settings: {} };
const curves = (shift: number) => ({
  baseline: [3, 2, 1.5].map((x) => x + shift),
  value: [3, 1.5, 1].map((x) => x + shift),
  "value, burn-in": [3, 2, 2].map((x) => x + shift),
});
const rows = [0, 1].map((seed) => ({ seed, curves: curves(seed / 10) }));

it("tokens: averages curves over seeds, and the running minimum of each", () => {
  const swinging = [
    { seed: 0, curves: { ...curves(0), value: [3, 1, 2] } },
    { seed: 1, curves: { ...curves(0), value: [3, 2, 1] } },
  ];
  const { curves: found, seeds } = summarizeTokens(swinging);
  expect(seeds).toEqual([0, 1]);
  expect(found["value"]).toEqual({ raw: [3, 1.5, 1.5], best: [3, 1.5, 1] });
  expect(bestSoFar([])).toEqual([]);
});

it("tokens: counts steps to the baseline's best seed by seed, null where a run never reaches it", () => {
  const { stepsToBaselineBest, dip } = summarizeTokens(rows);
  expect(stepsToBaselineBest).toEqual({ baseline: [20, 20], value: [10, 10], "value, burn-in": [null, null] });
  expect(dip["value, burn-in"]).toBeCloseTo(0.5, 12);
  expect(dip["value"]).toBe(0);
});

it("tokens: shows every tenth step with its tokens, and draws each run", async () => {
  const { text, figure } = await tokensStudy.fromRows!({ ...measured, study: "tokens", rows });
  expect(text).toContain(
    "Held-out NLL after 20 steps, means of 2 seeds: baseline 1.550, value 1.050, " + "value, burn-in 2.050.",
  );
  expect(text).toContain("| step | tokens | baseline | best | value | best | value, burn-in | best |");
  // 10 steps of 16 rows of 14 tokens
  expect(text).toContain("| 10 | 2240 | 2.050 | 2.050 | 1.550 | 1.550 | 2.050 | 2.050 |");
  expect(text).toContain("| value, burn-in | never, never | 0.500 |");
  for (const name of ["baseline", "value", "value, burn-in"]) expect(figure).toContain(`>${name}<`);
});

const result = (nll: number) => ({ nll, accuracy: 0.5, steps: 1, seconds: 1 });
const sized = [0, 1].map((seed) => ({
  seed,
  baseline: result(2 + seed),
  value: Object.fromEntries(feedbackSizes.map((size, i) => [size, result(2 + seed - i / 10)])),
}));

it("feedback size: compares each size with the baseline and with the usual size", () => {
  const { sizes, baseline } = summarizeFeedbackSize(sized);
  expect(baseline).toBe(2.5);
  expect(sizes.map(({ againstBaseline }) => Number(againstBaseline.mean.toFixed(9)))).toEqual([
    0, -0.1, -0.2, -0.3, -0.4, -0.5,
  ]);
  expect(sizes.map(({ againstUsual }) => Number(againstUsual.mean.toFixed(9)))).toEqual([0.3, 0.2, 0.1, 0, -0.1, -0.2]);
});

it("feedback size: has a row for each size, and no difference of the usual one to itself", async () => {
  const { text, figure } = await feedbackSizeStudy.fromRows!({ ...measured, study: "feedback-size", rows: sized });
  expect(text).toContain("| feedback documents | NLL | accuracy | − baseline (2.500) | − 256 documents |");
  expect(text).toContain("| 256 | 2.200 | 0.500 | −0.300 [−0.300, −0.300] | |");
  expect(text).toContain("| 768 | 2.000 | 0.500 | −0.500 [−0.500, −0.500] | −0.200 [−0.200, −0.200] |");
  expect(text).toContain("Nothing is asserted, since the paper claims no size of the effect.");
  for (const size of feedbackSizes) expect(figure).toContain(`>${size} documents<`);
});
