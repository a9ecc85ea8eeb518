import { pairedTInterval } from "@vpt/eval/statistics";
import { pairedInterval } from "./paired-interval.js";
import type { MethodSummary, Metric, RunSummary } from "@vpt/train";

/** A method's metric less the baseline's. */
export interface Difference {
  readonly mean: number;
  /** Paired 95 % interval; null where one pair is all there is. */
  readonly ci95: readonly [number, number] | null;
  /** Number of pairs. */
  readonly n: number;
  /** What is paired: test items of one run (bootstrap), or seeds (Student). */
  readonly over: "items" | "seeds";
}

/** One method over the seeds of a group: means, and differences to the baseline. */
export interface MethodComparison {
  readonly method: string;
  readonly seeds: readonly number[];
  readonly metrics: Readonly<Record<string, number>>;
  /** By metric; empty for the baseline and without one. */
  readonly differences: Readonly<Record<string, Difference>>;
  readonly steps: number;
  /** Wall-clock seconds of its steps. */
  readonly seconds: number;
  /** Seconds of training: without waiting for batches and without compilation. */
  readonly trainingSeconds: number;
  /** Mean seconds of training of a step. */
  readonly secondsPerStep: number;
  /** That, divided by the baseline's; undefined for the baseline and without one. */
  readonly timesBaseline: number | undefined;
  /**
   * Where the methods have as many seconds each: the difference on the primary metric where both had taken as many
   * steps, and the mean of those steps.
   */
  readonly atEqualSteps: { readonly difference: Difference; readonly step: number } | undefined;
  readonly units: number;
  /** Skipped steps of all seeds. */
  readonly skipped: number;
}

/** The methods of runs that differ in their seed alone. */
export interface RunComparison {
  readonly metrics: readonly Metric[];
  readonly primary: Metric;
  /** What the methods have in common. */
  readonly match: "steps" | "seconds";
  /** Means before training. */
  readonly before: Readonly<Record<string, number>>;
  readonly methods: readonly MethodComparison[];
}

/**
 * Compares the methods of one run, or of runs that differ in their seed alone. Differences to the baseline are
 * paired: by test item for one run (bootstrap, where the metric is kept by item), by seed for several (Student's
 * interval).
 *
 * @example
 * ```ts
 * import { compareRuns, readRun } from "@vpt/report";
 * const { methods, primary } = compareRuns([readRun("runs/seed-0").summary, readRun("runs/seed-1").summary]);
 * console.log(methods[1]?.differences[primary.name]?.ci95);
 * ```
 */
export function compareRuns(summaries: readonly [RunSummary, ...RunSummary[]]): RunComparison {
  const [first] = summaries;
  const metrics = uniqueBy(
    summaries.flatMap((summary) => summary.metrics),
    ({ name }) => name,
  );
  const fallback = { name: first.primaryMetric, label: first.primaryMetric, higherIsBetter: false };
  const primary = metrics.find(({ name }) => name === first.primaryMetric) ?? fallback;
  const names = uniqueBy(
    summaries.flatMap(({ methods }) => methods.map(({ method }) => method)),
    (name) => name,
  );
  return {
    metrics: [primary, ...metrics.filter((metric) => metric !== primary)],
    primary,
    match: first.match ?? "steps",
    before: meansOf(summaries.map(({ before }) => before.metrics)),
    methods: names.map((name) => compareMethod(summaries, name, { metrics, primary })),
  };
}

function compareMethod(
  summaries: readonly RunSummary[],
  name: string,
  { metrics, primary }: Pick<RunComparison, "metrics" | "primary">,
): MethodComparison {
  const runs = summaries.flatMap((summary) => {
    const own = methodOf(summary, name);
    return own ? [{ seed: summary.seed, own, baseline: methodOf(summary, "baseline") }] : [];
  });
  const pairs = (name === "baseline" ? [] : runs.filter(({ baseline }) => baseline)) as readonly Pair[];
  const differences = metrics.flatMap(({ name: metric }) => {
    const difference = differenceOf(pairs, metric);
    return difference ? [[metric, difference] as const] : [];
  });
  const mean = (of: (own: MethodSummary) => number): number => meanOf(runs.map(({ own }) => of(own)));
  return {
    method: name,
    seeds: runs.map(({ seed }) => seed),
    metrics: meansOf(runs.map(({ own }) => own.scores.metrics)),
    differences: Object.fromEntries(differences),
    steps: mean(({ steps }) => steps),
    seconds: mean(({ seconds }) => seconds),
    trainingSeconds: mean(({ trainingSeconds }) => trainingSeconds),
    secondsPerStep: mean(stepSeconds),
    timesBaseline:
      pairs.length > 0 ? meanOf(pairs.map(({ own, baseline }) => stepSeconds(own) / stepSeconds(baseline))) : undefined,
    atEqualSteps: equalStepsOf(pairs, primary.name),
    units: mean(({ units }) => units),
    skipped: runs.reduce((sum, { own }) => sum + own.skipped, 0),
  };
}

/** The difference of a metric where both had taken as many steps, over the seeds that were evaluated there. */
function equalStepsOf(pairs: readonly Pair[], metric: string): MethodComparison["atEqualSteps"] {
  const both = pairs.flatMap(({ own: { atEqualSteps: at } }) =>
    at && [at.metrics, at.baseline].every((scores) => Number.isFinite(scores[metric])) ? [at] : [],
  );
  if (both.length === 0) return undefined;
  const difference = overSeeds(both.map(({ metrics, baseline }) => [metrics[metric]!, baseline[metric]!]));
  return { difference, step: meanOf(both.map(({ step }) => step)) };
}

const stepSeconds = ({ trainingSeconds, steps }: MethodSummary): number => trainingSeconds / steps;

/** The mean difference of pairs, one a seed, with Student's interval where there are several. */
function overSeeds(pairs: readonly (readonly [own: number, baseline: number])[]): Difference {
  const n = pairs.length;
  if (n === 1) return { mean: pairs[0]![0] - pairs[0]![1], ci95: null, n, over: "seeds" };
  const { value, ci95 } = pairedTInterval(
    pairs.map(([own]) => own),
    pairs.map(([, baseline]) => baseline),
  );
  return { mean: value, ci95, n, over: "seeds" };
}

type Pair = { readonly own: MethodSummary; readonly baseline: MethodSummary };

function differenceOf(pairs: readonly Pair[], metric: string): Difference | undefined {
  const both = pairs.filter(({ own, baseline }) =>
    [own, baseline].every(({ scores }) => Number.isFinite(scores.metrics[metric])),
  );
  if (both.length === 0) return undefined;
  if (both.length === 1) return differenceOverItems(both[0]!, metric);
  return overSeeds(both.map(({ own, baseline }) => [own.scores.metrics[metric]!, baseline.scores.metrics[metric]!]));
}

function differenceOverItems({ own, baseline }: Pair, metric: string): Difference {
  const [a, b] = [own.scores.perItem?.[metric], baseline.scores.perItem?.[metric]];
  if (!a || !b || a.length !== b.length || a.length < 2)
    return overSeeds([[own.scores.metrics[metric]!, baseline.scores.metrics[metric]!]]);
  const { mean, low, high } = pairedInterval(a, b);
  return { mean, ci95: [low, high], n: a.length, over: "items" };
}

const methodOf = ({ methods }: RunSummary, name: string): MethodSummary | undefined =>
  methods.find(({ method }) => method === name);

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The mean of each metric over the scores that have it as a finite number. */
function meansOf(scores: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const names = new Set(scores.flatMap((metrics) => Object.keys(metrics)));
  return Object.fromEntries(
    [...names].flatMap((name) => {
      const values = scores.map((metrics) => metrics[name]!).filter(Number.isFinite);
      return values.length > 0 ? [[name, meanOf(values)]] : [];
    }),
  );
}

const uniqueBy = <Item>(items: readonly Item[], key: (item: Item) => string): Item[] =>
  items.filter((item, i) => items.findIndex((other) => key(other) === key(item)) === i);
