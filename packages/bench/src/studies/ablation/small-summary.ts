import { pairedBootstrap } from "@vpt/eval/statistics";
import { describeDifference, meanOf, pairedDifference, type Difference } from "../paired-difference.js";
import { differenceFigure } from "../difference-figure.js";
import { describeSeeds, failureList, formatPage, markdownTable, type PageProse } from "../page.js";
import { formatProvenance, type Provenance } from "../seed-study.js";
import type { SmallRow } from "./small-method.js";

/** Means of one method over seeds. */
interface MethodMeans {
  readonly nll: number;
  readonly accuracy: number;
  readonly math: number;
  readonly svamp: number;
  readonly seconds: number;
  /** How many seeds of it there are. */
  readonly seeds: number;
  /** `method − baseline`, paired by seed. */
  readonly againstBaseline?: Difference;
  /** The same over test rows, their mean over seeds: how sure it is for more rows, not for more seeds. */
  readonly overRows?: readonly [number, number];
  /** Share of the gap between baseline and sft. */
  readonly closed?: number;
}
/** The table. */
export interface SmallSummary {
  readonly seeds: readonly number[];
  readonly methods: Readonly<Record<string, MethodMeans>>;
  readonly paired: Readonly<Record<string, Difference>>;
  readonly failures: readonly string[];
}

/** What is claimed: the first below the second, with the interval. */
const claimed = [
  ["value", "baseline"],
  ["tilt", "baseline"],
  ["value", "self-distillation"],
  ["tilt", "self-distillation"],
  ["tilt, high gate", "tilt"],
  ["tilt, 1e-3", "tilt, high gate"],
  ["tilt, 1e-3", "baseline, 1e-3"],
] as const;

/** Noise for the direction, the value less one of its changes, and the others at 1e-3: reported, not claimed. */
const reportedPairs = (names: readonly string[]): readonly (readonly [string, string])[] => [
  ["value", "random"],
  ["tilt", "random"],
  ...names.flatMap((name) => (name.startsWith("value, ") && name !== "value, 1e-3" ? [["value", name] as const] : [])),
  ["value, 1e-3", "baseline, 1e-3"],
  ["value, 1e-3", "value"],
  ["baseline, 1e-3", "baseline"],
  ["sft, 1e-3", "baseline, 1e-3"],
  ["tilt, 1e-3", "sft, 1e-3"],
];

const differenceName = (a: string, b: string): string => {
  const spelled = (name: string): string => (name.includes(", ") ? `(${name})` : name);
  return `${spelled(a)}-${spelled(b)}`;
};

/** Pairs the methods by seed; claims need at least two seeds, and a sign-flip test says .05 from six on. */
export function summarizeSmall(rows: readonly SmallRow[]): SmallSummary {
  const seeds = [...new Set(rows.map(({ seed }) => seed))].sort((a, b) => a - b);
  const names = [...new Set(rows.map(({ name }) => name))];
  const of = (name: string): SmallRow[] => rows.filter((row) => row.name === name);
  const mean = (name: string, key: "nll" | "accuracy" | "math" | "svamp" | "seconds"): number =>
    meanOf(of(name).map((row) => row[key]));
  // Over the seeds that both methods have: a stopped study may lack some.
  const common = (a: string, b: string): (readonly [SmallRow, SmallRow])[] =>
    of(a).flatMap((row) => of(b).flatMap((other) => (other.seed === row.seed ? [[row, other] as const] : [])));
  const difference = (a: string, b: string): Difference => {
    const pairs = common(a, b);
    return pairedDifference(
      pairs.map(([{ nll }]) => nll),
      pairs.map(([, { nll }]) => nll),
    );
  };
  const perRow = (of: readonly SmallRow[]): number[] =>
    of[0]!.perRow.map((_, i) => meanOf(of.map((row) => row.perRow[i]!)));
  const has = (name: string): boolean => names.includes(name);
  const gap = has("baseline") && has("sft") ? -difference("sft", "baseline").mean : undefined;
  const methods = Object.fromEntries(
    names.map((name): [string, MethodMeans] => [
      name,
      {
        nll: mean(name, "nll"),
        accuracy: mean(name, "accuracy"),
        math: mean(name, "math"),
        svamp: mean(name, "svamp"),
        seconds: mean(name, "seconds"),
        seeds: of(name).length,
        ...(has("baseline") &&
          name !== "baseline" && {
            againstBaseline: difference(name, "baseline"),
            overRows: pairedBootstrap(
              perRow(common(name, "baseline").map(([row]) => row)),
              perRow(common(name, "baseline").map(([, row]) => row)),
            ).ci95,
          }),
        ...(gap !== undefined && { closed: -difference(name, "baseline").mean / gap }),
      },
    ]),
  );
  const paired = Object.fromEntries(
    [...claimed, ...reportedPairs(names)]
      .filter(([a, b]) => has(a) && has(b))
      .map(([a, b]) => [differenceName(a, b), difference(a, b)]),
  );
  const failures = claimed.flatMap(([a, b]) => {
    const name = differenceName(a, b);
    const ci95 = paired[name]?.ci95;
    return !ci95 || ci95[1] < 0 ? [] : [`${name}: upper end below 0, is ${ci95[1].toFixed(4)}`];
  });
  return { seeds, methods, paired, failures };
}

/** What the page needs beside the summary. */
export interface SmallProvenance extends Provenance {
  readonly plan: readonly string[];
  readonly before: Pick<MethodMeans, "nll" | "accuracy" | "math" | "svamp">;
  readonly prose?: PageProse;
}

/** The page of the tables. */
export function smallPage(summary: SmallSummary & SmallProvenance): string {
  const { seeds, methods, plan, failures, prose } = summary;
  const value = methods["value"]?.againstBaseline;
  return formatPage(
    {
      title: "Ablation, SmolLM2-135M",
      answer: value
        ? `The value's NLL on GSM8K minus the baseline's is ${describeDifference(value, 4)}; ${describeSeeds(seeds)}.`
        : `NLL on GSM8K of ${Object.keys(methods).length} methods; ${describeSeeds(seeds)}.`,
      figure: { alt: "Differences to the baseline with their intervals", file: "ablation-small.svg" },
      body: [
        methodsTable(summary),
        "NLL per token after 40 steps; lower is better. The mean difference is per token, and the " +
          "interval over rows is of the mean over rows, each counted alike, so the two need not agree. " +
          'Methods with fewer seeds are compared over the seeds that they share. "gap to sft closed" is ' +
          "the fraction of baseline − sft at rate 1e-4 over the seeds that sft has.",
        ...(Object.keys(summary.paired).length > 0 ? [differencesTable(summary)] : []),
      ],
      run: [
        `\`vpt repro ablation --scale small --folder DIR\`, ${describeSeeds(seeds)}.`,
        plan.map((line) => `- ${line}`).join("\n"),
        formatProvenance(summary),
      ].join("\n\n"),
      limits: failureList(
        failures,
        seeds.length > 1 ? "All claims hold." : "One seed: leads, not results. Nothing is claimed from one seed.",
      ),
    },
    prose,
  );
}

function methodsTable({ methods, before }: SmallSummary & SmallProvenance): string {
  const fixed = (x: number): string => x.toFixed(4);
  const rows = Object.entries(methods).map(([name, each]) => [
    name,
    String(each.seeds),
    fixed(each.nll),
    fixed(each.accuracy),
    each.againstBaseline ? describeDifference(each.againstBaseline, 4) : "",
    each.overRows ? `[${each.overRows.map(fixed).join(", ")}]` : "",
    each.closed === undefined ? "" : `${(100 * each.closed).toFixed(0)} %`,
    fixed(each.math),
    fixed(each.svamp),
    each.seconds.toFixed(0),
  ]);
  const start = ["before", "", fixed(before.nll), fixed(before.accuracy), "", "", ""];
  return markdownTable(
    [
      "method",
      "seeds",
      "GSM8K NLL",
      "top-1",
      "− baseline [95 % over seeds]",
      "95 % over rows, each alike",
      "gap to sft closed",
      "MATH NLL",
      "SVAMP NLL",
      "s",
    ],
    [[...start, fixed(before.math), fixed(before.svamp), ""], ...rows],
  );
}

function differencesTable({ methods, paired, failures }: SmallSummary): string {
  const quoted = (name: string): string => (name.includes(", ") ? `"${name}"` : name);
  const row = (a: string, b: string, isClaimed: boolean): string[][] => {
    const name = differenceName(a, b);
    const difference = paired[name];
    if (!difference) return [];
    const isRefuted = failures.some((failure) => failure.startsWith(`${name}:`));
    const holds = difference.ci95 === null ? "" : isRefuted ? "no" : "yes";
    const claim = isClaimed ? ["< 0", holds] : ["", ""];
    return [[`${quoted(a)} − ${quoted(b)}`, describeDifference(difference, 4), ...claim]];
  };
  return markdownTable(
    ["difference", "mean [95 % over seeds]", "claim", "holds"],
    [
      ...claimed.flatMap(([a, b]) => row(a, b, true)),
      ...reportedPairs(Object.keys(methods)).flatMap(([a, b]) => row(a, b, false)),
    ],
  );
}

/** Every method against the baseline. */
export const smallFigure = ({ methods }: Pick<SmallSummary, "methods">): Promise<string> => {
  const differences = Object.entries(methods).flatMap(([name, { againstBaseline, seeds }]) =>
    againstBaseline ? [[`${name} (${seeds})`, againstBaseline] as const] : [],
  );
  return differenceFigure([
    { title: "GSM8K NLL − baseline (left is better)", differences: Object.fromEntries(differences) },
  ]);
};
