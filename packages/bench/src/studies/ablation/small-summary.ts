import { pairedBootstrap } from "@vpt/eval/statistics";
import { describeDifference, meanOf, pairedDifference, type Difference } from "../paired-difference.js";
import { differenceFigure } from "../difference-figure.js";
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
  const claimed = [
    ["value", "baseline"],
    ["tilt", "baseline"],
    ["value", "self-distillation"],
    ["tilt", "self-distillation"],
    ["tilt, high gate", "tilt"],
    ["tilt, 1e-3", "tilt, high gate"],
    ["tilt, 1e-3", "baseline, 1e-3"],
  ] as const;
  // Noise for the direction, the value method less one of its changes, and the others at 1e-3: reported, not claimed.
  const reported = [
    ["value", "random"],
    ["tilt", "random"],
    ...names.flatMap((name) =>
      name.startsWith("value, ") && name !== "value, 1e-3" ? [["value", name] as const] : [],
    ),
    ["value, 1e-3", "baseline, 1e-3"],
    ["value, 1e-3", "value"],
    ["baseline, 1e-3", "baseline"],
    ["sft, 1e-3", "baseline, 1e-3"],
    ["tilt, 1e-3", "sft, 1e-3"],
  ] as const;
  const spelled = (name: string): string => (name.includes(", ") ? `(${name})` : name);
  const paired = Object.fromEntries(
    [...claimed, ...reported]
      .filter(([a, b]) => has(a) && has(b))
      .map(([a, b]) => [`${spelled(a)}-${spelled(b)}`, difference(a, b)]),
  );
  const failures = claimed.flatMap(([a, b]) => {
    const name = `${spelled(a)}-${spelled(b)}`;
    const ci95 = paired[name]?.ci95;
    return !ci95 || ci95[1] < 0 ? [] : [`${name}: upper end below 0, is ${ci95[1].toFixed(4)}`];
  });
  return { seeds, methods, paired, failures };
}

/** The table as Markdown. */
export function describeSmall(
  summary: SmallSummary &
    Provenance & {
      readonly plan: readonly string[];
      /** What a person has to say of the rows; kept in the JSON, so that making the tables again does not lose it. */
      readonly notes?: readonly string[];
      readonly before: Pick<MethodMeans, "nll" | "accuracy" | "math" | "svamp">;
    },
): string {
  const { seeds, methods, before, plan, notes = [], paired, failures } = summary;
  const fixed = (x: number): string => x.toFixed(4);
  const rows = Object.entries(methods).map(([name, method]) => {
    const versus = method.againstBaseline ? describeDifference(method.againstBaseline, 4) : "";
    const overRows = method.overRows ? `[${method.overRows.map(fixed).join(", ")}]` : "";
    const closed = method.closed === undefined ? "" : `${(100 * method.closed).toFixed(0)} %`;
    return `| ${name} | ${method.seeds} | ${fixed(method.nll)} | ${fixed(method.accuracy)} | ${versus} | ${overRows} | ${closed} | ${fixed(method.math)} | ${fixed(method.svamp)} | ${method.seconds.toFixed(0)} |`;
  });
  return [
    `# Ablation, small`,
    ``,
    `SmolLM2-135M, stream MATH, feedback GSM8K, report GSM8K test; ${seeds.length} seed${seeds.length === 1 ? "" : "s"} (${seeds.join(", ")}).`,
    ...(seeds.length === 1
      ? [`One seed: leads, not results; the interval over rows says nothing of other seeds.`]
      : []),
    ``,
    formatProvenance(summary),
    ``,
    ...notes.flatMap((note) => [note, ``]),
    `| method | seeds | GSM8K NLL | top-1 | − baseline [95 % over seeds] | 95 % over rows, each alike | gap to sft closed | MATH NLL | SVAMP NLL | s |`,
    `| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |`,
    `| before | | ${fixed(before.nll)} | ${fixed(before.accuracy)} | | | | ${fixed(before.math)} | ${fixed(before.svamp)} | |`,
    ...rows,
    ``,
    ...Object.entries(paired).map(([name, difference]) => `- ${name}: ${describeDifference(difference, 4)}`),
    ``,
    `Fixed beforehand:`,
    ``,
    ...plan.map((line) => `- ${line}`),
    ``,
    failures.length > 0
      ? `Does not hold:\n${failures.map((failure) => `- ${failure}`).join("\n")}`
      : seeds.length > 1
        ? `All claims hold.`
        : `Nothing is claimed from one seed.`,
    ...(Object.values(methods).some((method) => method.seeds < seeds.length)
      ? [
          "",
          "Methods with fewer seeds are compared over those that they share; the share of the gap takes the baseline − sft of the seeds that sft has.",
        ]
      : []),
  ].join("\n");
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
