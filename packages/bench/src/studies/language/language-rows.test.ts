import { expect, it } from "vitest";
import { languageRows, type LanguageRow, type Outcome, type Score } from "./language-rows.js";
import { languagePage, languageTable } from "./language-page.js";
import { languageStudies } from "./language-studies.js";
import type { StudyCommand, TrainCommand } from "./study-command.js";

const score = (value: number, n = 24): Score => ({ value, ci95: [value - 0.1, value + 0.1], n });
const train = (out: string, rate = 1e-3, variant = "equal steps"): TrainCommand => ({
  part: "train",
  config: "c.ts",
  out,
  set: [],
  about: { model: "tiny", rate, variant },
});
const exported = (run: string, method: string, out: string, step?: number): StudyCommand => ({
  part: "export",
  run,
  method,
  out,
  ...(step !== undefined && { step }),
});
const asked = (model: string): StudyCommand => ({ part: "gsm8k", model, data: "d", out: "o" });
const outcome: Outcome = {
  steps: 40,
  before: 3.5,
  methods: [
    { method: "baseline", seconds: 2, nll: 3 },
    { method: "value", seconds: 4, nll: 2.5 },
  ],
};

it("has the model before training once, then each method with its scores", () => {
  const rows = languageRows([
    { command: train("run"), outcome },
    { command: exported("run", "baseline", "m/b"), outcome: undefined },
    { command: asked("m/b"), outcome: { scores: { GSM8K: score(0.2) } } },
    { command: exported("run", "value", "m/v"), outcome: undefined },
    { command: asked("m/v"), outcome: { scores: { GSM8K: score(0.3) } } },
    { command: asked("m/v"), outcome: { scores: { MMLU: score(0.5) } } },
  ]);
  const common = { model: "tiny", rate: 1e-3 };
  expect(rows).toEqual([
    { ...common, variant: "", method: "before", nll: 3.5, scores: {} },
    {
      ...common,
      variant: "equal steps",
      method: "baseline",
      steps: 40,
      nll: 3,
      seconds: 2,
      scores: { GSM8K: score(0.2) },
    },
    {
      ...common,
      variant: "equal steps",
      method: "value",
      steps: 40,
      nll: 2.5,
      seconds: 4,
      scores: { GSM8K: score(0.3), MMLU: score(0.5) },
    },
  ]);
});

it("gives NLL and seconds to the last step alone, where a run is asked on the way", () => {
  const rows = languageRows([
    { command: train("run"), outcome },
    { command: exported("run", "value", "m/20", 20), outcome: undefined },
    { command: exported("run", "value", "m/40", 40), outcome: undefined },
  ]).slice(1);
  expect(rows.map(({ steps, nll }) => [steps, nll])).toEqual([
    [20, undefined],
    [40, 2.5],
  ]);
});

it("has the start again at another rate, and not for another variant of the same", () => {
  const rows = languageRows([
    { command: train("a"), outcome },
    { command: train("b", 1e-3, "equal seconds"), outcome },
    { command: train("c", 1e-4), outcome },
  ]);
  expect(rows.map(({ method, rate }) => [method, rate])).toEqual([
    ["before", 1e-3],
    ["before", 1e-4],
  ]);
});

const row = (method: string, more: Partial<LanguageRow> = {}): LanguageRow => ({
  model: "tiny",
  rate: 1e-3,
  variant: "equal steps",
  method,
  steps: 40,
  nll: 2,
  seconds: 3,
  scores: {},
  ...more,
});
const headOf = (table: string): string => table.split("\n")[0]!;

it("leaves columns out whose cells are alike", () => {
  expect(headOf(languageTable([row("baseline"), row("value")]))).toBe("| method | held-out NLL | s |");
  expect(headOf(languageTable([row("baseline"), row("value", { rate: 1e-4 })]))).toBe(
    "| learning rate | method | held-out NLL | s |",
  );
  expect(headOf(languageTable([row("baseline"), row("baseline", { variant: "equal seconds" })]))).toBe(
    "| compared at | method | held-out NLL | s |",
  );
  expect(headOf(languageTable([row("value"), row("value", { steps: 20 })]))).toBe(
    "| method | steps | held-out NLL | s |",
  );
  expect(headOf(languageTable([row("before", { model: "other" }), row("value")]))).not.toContain("model");
});

it("writes shares with their interval, the number of questions in the head, and nothing for what was not asked", () => {
  const table = languageTable([row("before", { scores: {} }), row("value", { scores: { GSM8K: score(0.25, 64) } })]);
  expect(table.split("\n")).toEqual([
    "| method | held-out NLL | s | GSM8K, of 64 |",
    "| --- | --- | --- | --- |",
    "| before | 2.0000 | 3 | |",
    "| value | 2.0000 | 3 | 25.0 % [15.0, 35.0] |",
  ]);
});

it("counts the methods without the start, and lets prose replace the answer", () => {
  const result = { study: "main-language", scale: "tiny", machine: "commit a", minutes: 1.25 };
  const rows = [row("before"), row("baseline"), row("value")];
  const text = languagePage(languageStudies["main-language"], { ...result, rows });
  expect(text).toContain("# Main table, language, tiny: GSM8K after continued pretraining");
  expect(text).toContain("**2 methods in 3 rows; one seed.**");
  expect(text).toContain("The paper: GSM8K pass@1, %: Qwen1.5-0.5B 19.15 → 22.67");
  expect(text).toContain("`vpt repro main-language --scale tiny`, one seed. Commit a; 1.3 minutes.");
  const written = languagePage(languageStudies["main-language"], { ...result, rows, prose: { answer: "**None.**" } });
  expect(written).toContain("**None.**");
  expect(written).not.toContain("2 methods in");
});
