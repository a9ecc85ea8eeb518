import { markdownTable, formatPage, type PageProse } from "../page.js";
import type { LanguageRow, Score } from "./language-rows.js";
import type { LanguageStudySpec } from "./language-studies.js";

/** A language study's result: what `--json` prints and `--from` reads. */
export interface LanguageResult {
  readonly study: string;
  readonly scale: string;
  readonly machine: string;
  readonly minutes: number;
  readonly rows: readonly LanguageRow[];
  readonly prose?: PageProse;
}

/** The page of a language study: the held-out NLL of each run, and what its methods answered. */
export function languagePage(spec: LanguageStudySpec, { study, scale, machine, minutes, rows, prose }: LanguageResult) {
  const command = `\`vpt repro ${study} --scale ${scale}\``;
  return formatPage(
    {
      title: spec.title.replace(/^[^:]*/, (start) => `${start}, ${scale}`),
      answer: `${new Set(rows.map(({ method }) => method)).size - 1} methods in ${rows.length} rows; one seed.`,
      body: [languageTable(rows), `The paper: ${spec.paper}.`],
      run: `${command}, one seed. ${machine[0]!.toUpperCase()}${machine.slice(1)}; ${minutes.toFixed(1)} minutes.`,
      limits: "One seed and few questions below paper scale: nothing is asserted.",
    },
    prose,
  );
}

/** A column is left out where all its cells are alike. */
export function languageTable(rows: readonly LanguageRow[]): string {
  const labels = [...new Set(rows.flatMap(({ scores }) => Object.keys(scores)))];
  const questions = (label: string): number => rows.find(({ scores }) => scores[label])!.scores[label]!.n;
  const several = (of: (row: LanguageRow) => unknown): boolean =>
    new Set(rows.filter(({ method }) => method !== "before").map(of)).size > 1;
  const columns: readonly (readonly [string, (row: LanguageRow) => string, boolean])[] = [
    ["model", ({ model }) => model, several(({ model }) => model)],
    ["learning rate", ({ rate }) => rate.toExponential(), several(({ rate }) => rate)],
    ["compared at", ({ variant }) => variant, several(({ variant }) => variant)],
    ["method", ({ method }) => method, true],
    ["steps", ({ steps }) => String(steps ?? ""), stepsVary(rows)],
    ["held-out NLL", ({ nll }) => nll?.toFixed(4) ?? "", true],
    ["s", ({ seconds }) => seconds?.toFixed(0) ?? "", true],
  ];
  const shown = columns.filter(([, , isShown]) => isShown);
  return markdownTable(
    [...shown.map(([head]) => head), ...labels.map((label) => `${label}, of ${questions(label)}`)],
    rows.map((row) => [
      ...shown.map(([, cell]) => cell(row)),
      ...labels.map((label) => (row.scores[label] ? percent(row.scores[label]) : "")),
    ]),
  );
}

/** Whether one run is asked after several numbers of steps. */
const stepsVary = (rows: readonly LanguageRow[]): boolean => {
  const keys = rows.map(({ model, rate, variant, method }) => [model, rate, variant, method].join());
  return new Set(keys).size < keys.length;
};

const percent = ({ value, ci95: [low, high] }: Score): string =>
  `${(100 * value).toFixed(1)} % [${(100 * low).toFixed(1)}, ${(100 * high).toFixed(1)}]`;
