import { expect, it } from "vitest";
import type { RunSummary, Sample } from "@vpt/train";
import { fixtureSummary } from "../__fixtures__/fixture-run.js";
import { samplesSection } from "./samples.js";

const run = (before: readonly Sample[] | undefined, ...methods: readonly (readonly Sample[] | undefined)[]) => {
  const made = fixtureSummary({ methods: methods.map((_, i) => ["baseline", "value"][i]!) });
  const withSamples = <Of extends object>(scores: Of, samples: readonly Sample[] | undefined) =>
    ({ metrics: {}, ...(samples && { samples }) }) as unknown as Of;
  const summary: RunSummary = {
    ...made,
    before: withSamples(made.before, before),
    methods: made.methods.map((own, i) => ({ ...own, scores: withSamples(own.scores, methods[i]) })),
  };
  return { folder: "runs/a", summary, config: undefined, logs: {} };
};
const sample = (prompt: string, text: string): Sample => ({ prompt, text });
const cells = (html: string): string[] => [...html.matchAll(/<pre[^>]*>(.*?)<\/pre>/gs)].map(([, text]) => text!);

it("has a table for each prompt: its continuation before training and by each method", () => {
  const { html } = samplesSection(
    run(
      [sample("1 + 1 =", " 3"), sample("2 + 2 =", " 5")],
      [sample("1 + 1 =", " 2"), sample("2 + 2 =", " 4")],
      [sample("1 + 1 =", " two"), sample("2 + 2 =", " four")],
    ),
  )!;
  expect(cells(html)).toEqual(["1 + 1 =", " 3", " 2", " two", "2 + 2 =", " 5", " 4", " four"]);
  expect(html.match(/<table/g)).toHaveLength(2);
});

it("leaves out who has no sample, and takes the prompts of the first method where the start has none", () => {
  const { html } = samplesSection(run(undefined, [sample("p", "a")], undefined))!;
  expect(cells(html)).toEqual(["p", "a"]);
  expect(html).not.toMatch(/before training|value/);
});

it("is left out without samples", () => {
  expect(samplesSection(run(undefined, undefined))).toBeUndefined();
  expect(samplesSection(run([], []))).toBeUndefined();
});

it("keeps line breaks and escapes what a model wrote", () => {
  const { html } = samplesSection(run([sample("<p>", "a\n</pre><script>")]))!;
  expect(cells(html)).toEqual(["&lt;p&gt;", "a\n&lt;/pre&gt;&lt;script&gt;"]);
});
