import { expect, it } from "vitest";
import { ablation } from "./ablation.js";
import { ablationFigure, ablationPage, summarize } from "./tiny-summary.js";
import { tinyMethods, type SeedRow } from "./tiny-seed.js";
import { tinyParameterCount, tinySettings } from "./tiny-start.js";

const result = (nll: number, accuracy = 0.99) => ({ nll, accuracy, steps: 150, seconds: 10 });
/** NLLs for which every claim holds. */
const good: Readonly<Record<string, number>> = {
  value: 0.1,
  baseline: 1.2,
  "baseline-equal-time": 1.1,
  "self-distillation": 1,
  "sign-flipped": 2.5,
};
const row = (seed: number, changes: Readonly<Record<string, number>> = {}, cleanGap = 0): SeedRow => ({
  seed,
  methods: Object.fromEntries(
    tinyMethods.map((method) => [method, result(({ ...good, ...changes }[method] ?? 1.3) + seed / 1000)]),
  ),
  clean: { baseline: result(0.002), value: result(0.002 + cleanGap) },
});
const rows = [row(1), row(2), row(3)];

it("has means of every method and pairs by seed", () => {
  const { methods, paired, seeds, failures, clean } = summarize(rows);
  expect({ seeds, failures }).toEqual({ seeds: [1, 2, 3], failures: [] });
  expect(Object.keys(methods)).toEqual(tinyMethods);
  expect(methods["value"]).toEqual({
    nll: expect.closeTo(0.102, 9),
    accuracy: expect.closeTo(0.99, 9),
    steps: 150,
    seconds: 10,
  });
  expect(paired["value-baseline"]!.mean).toBeCloseTo(-1.1, 9);
  expect(paired["value-baseline"]!.ci95!.map((end) => Number(end.toFixed(9)))).toEqual([-1.1, -1.1]);
  expect(paired["tilt-baseline"]!.mean).toBeCloseTo(0.1, 9);
  expect([paired["value-value"], paired["baseline-baseline"]]).toEqual([undefined, undefined]);
  expect(clean["value"]!.nll).toBeCloseTo(0.002, 12);
});

it.each([
  [{ uniform: 0.55 }, 0, /^value - best control \(uniform\): upper end below -0.5, is -0.450$/],
  [{ "self-distillation": 1.25 }, 0, /^self-distillation - baseline: upper end below 0, is 0.050$/],
  [{ "sign-flipped": 1.6 }, 0, /^sign-flipped - baseline: lower end above 0.5, is 0.400$/],
  [{}, 0.02, /^clean stream: \|value - baseline\| below 0.01 for every seed, is at most 2.0e-2$/],
] as const)("names the claim that fails, with its number: %j", (changes, cleanGap, claim) => {
  const { failures } = summarize([row(1), row(2), row(3)].map(({ seed }) => row(seed, changes, cleanGap)));
  expect(failures).toEqual([expect.stringMatching(claim)]);
});

it("fails a value whose accuracy is low", () => {
  const poor = rows.map((each) => ({ ...each, methods: { ...each.methods, value: result(0.1, 0.9) } }));
  expect(summarize(poor).failures).toContain("value accuracy above 0.95, is 0.900");
});

it("judges one seed by its difference, since it has no interval", () => {
  expect(summarize([row(1)]).failures).toEqual([]);
  expect(summarize([row(1, { uniform: 0.3 })]).failures[0]).toMatch(/best control \(uniform\).* is -0.200/);
});

it("takes the worst seed of the clean stream, not the mean", () => {
  const { failures } = summarize([row(1), row(2, {}, 0.03), row(3)]);
  expect(failures).toEqual([expect.stringContaining("is at most 3.0e-2")]);
});

it("writes a row a method, and leaves out what is no difference", () => {
  const { answer, body } = ablationPage(summarize(rows));
  expect(answer).toBe("The value's held-out NLL minus the baseline's is −1.100 [−1.100, −1.100], 3 paired seeds.");
  const lines = body[0]!.split("\n");
  expect(lines[0]).toBe("| method | NLL | accuracy | method − baseline | value − method | steps | s |");
  expect(lines).toHaveLength(2 + tinyMethods.length);
  expect(lines[2]).toBe("| baseline | 1.202 | 0.990 | | −1.100 [−1.100, −1.100] | 150 | 10.0 |");
  expect(lines[3]).toBe("| value | 0.102 | 0.990 | −1.100 [−1.100, −1.100] | | 150 | 10.0 |");
  expect(body[1]).toContain("On the clean stream, baseline 2.00e-3 and value 2.00e-3.");
});

it("draws every method but the baseline against it", async () => {
  const svg = await ablationFigure(summarize(rows));
  for (const method of tinyMethods) expect(svg.includes(`>${method}<`)).toBe(method !== "baseline");
});

it("makes its page from rows, with the size of the learner and the failed claims", async () => {
  const measured = { study: "ablation", scale: "tiny", machine: "m", backend: "b", minutes: 1, settings: {} };
  const bad = rows.map(({ seed }) => row(seed, { uniform: 0.55 }));
  const { json, text, failures } = await ablation.fromRows!({ ...measured, rows: bad });
  expect(json["learnerParameters"]).toBe(tinyParameterCount());
  expect(failures).toHaveLength(1);
  expect(text).toContain(`## What does not hold\n\n- ${failures[0]}`);
});

it("counts the learner's parameters: embedding, head, two blocks of attention and gated MLP, norms", () => {
  const { width } = tinySettings;
  const [vocabulary, inner] = [32, (width * 23) / 8];
  const block = 4 * width ** 2 + 3 * width * inner + 2 * width;
  expect(tinyParameterCount()).toBe(2 * vocabulary * width + 2 * block + width);
});
