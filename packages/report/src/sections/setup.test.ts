import { expect, it } from "vitest";
import { fixtureSummary } from "../__fixtures__/fixture-run.js";
import type { FinishedRun } from "../read-run.js";
import { setupSection } from "./setup.js";

const run = (seed: number, more: Partial<FinishedRun> = {}): FinishedRun => ({
  folder: `runs/${seed}`,
  summary: fixtureSummary({ seed }),
  config: undefined,
  logs: {},
  ...more,
});
const facts = (html: string): Record<string, string> =>
  Object.fromEntries([...html.matchAll(/<dt>(.*?)<\/dt><dd>(.*?)<\/dd>/g)].map(([, name, value]) => [name!, value!]));

it("lists what a language run was made with", () => {
  const { html } = setupSection([run(3)]);
  expect(facts(html)).toEqual({
    Folder: "runs/3",
    Finished: "2026-11-29T02:00:00.000Z",
    Model: "smollm2 (language)",
    Seed: "3",
    Steps: "4 a method",
    Data: "154 unlabeled, 128 feedback, 4 test (rows)",
    Backend: "TensorFlow 2.21.0 on cpu",
    "Peak memory": "2.69 GB",
  });
  expect(html).toContain("The run recorded no versions and no processor.");
  expect(html).not.toContain("Configuration");
});

it("counts images and the time that a vision run waited", () => {
  const { Data, Stall } = facts(setupSection([run(0, { summary: fixtureSummary({ kind: "vision" }) })]).html);
  expect([Data, Stall]).toEqual(["154 unlabeled, 128 feedback, 4 test (images)", "5.5 % of the time"]);
});

it("names each seed and folder of several runs, and what they share once", () => {
  const { Seed, Folder, Finished, ...rest } = facts(setupSection([run(1), run(2)]).html);
  expect([Seed, Folder, Finished]).toEqual(["1, 2", "runs/1, runs/2", "2026-11-29T02:00:00.000Z"]);
  expect(rest["Peak memory"]).toBe("2.69 GB");
});

it("shows versions and the configuration where they were kept, escaped, with thousands apart", () => {
  const summary = { ...fixtureSummary(), environment: { node: "v22", "<cpu>": "x & y" }, data: { test: 12345 } };
  const { html } = setupSection([run(0, { summary, config: { note: "<b>" } })]);
  expect(facts(html)).toMatchObject({ node: "v22", "&lt;cpu&gt;": "x &amp; y", Data: "12,345 test (rows)" });
  expect(html).toContain("&quot;note&quot;: &quot;&lt;b&gt;&quot;");
  expect(html).not.toContain("recorded no versions");
});

it("names the preset, and what the run has otherwise", () => {
  const presetOf = (...changed: readonly string[]) => {
    const settings = ["steps", "learner.learningRate"].map((key, i) => ({
      key,
      preset: String(i),
      ...(changed[i] !== undefined && { changed: changed[i] }),
    }));
    const summary = { ...fixtureSummary(), preset: { name: "paper-v1", settings } };
    return facts(setupSection([run(0, { summary })]).html)["Preset"];
  };
  expect(presetOf()).toBe("paper-v1, unchanged");
  expect(presetOf("7", "2")).toBe("paper-v1, changed: steps 7 (preset: 0); learner.learningRate 2 (preset: 1)");
});
