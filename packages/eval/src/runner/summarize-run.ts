import { bootstrapMean, meanAndError, wilsonInterval, type Estimate } from "../statistics/statistics.js";

/** Scores of one item, with the groups it belongs to. */
export interface ScoredItem {
  readonly id: string;
  readonly metrics: Readonly<Record<string, number>>;
  readonly groups: readonly string[];
}

/**
 * One estimate a metric. Shares of 0/1 scores get Wilson's interval, other means a seeded bootstrap. Samples of one
 * problem (`7#0`, `7#1`) are averaged first: problems are what varies. A metric that an item does not have is left out
 * of its mean.
 */
export function estimateMetrics(items: readonly ScoredItem[]): Record<string, Estimate> {
  const names = new Set(items.flatMap((item) => Object.keys(item.metrics)));
  return Object.fromEntries(Array.from(names, (name) => [name, estimate(perProblem(items, name))]));
}

/** Estimates the primary metric by group. */
export function estimateGroups(
  items: readonly ScoredItem[],
  metric: string,
): Record<string, Estimate & { readonly n: number }> {
  const names = new Set(items.flatMap((item) => item.groups));
  return Object.fromEntries(
    Array.from(names, (name) => {
      const values = perProblem(
        items.filter((item) => item.groups.includes(name)),
        metric,
      );
      return [name, { ...estimate(values), n: values.length }];
    }),
  );
}

function perProblem(items: readonly ScoredItem[], metric: string): number[] {
  const problems = new Map<string, number[]>();
  for (const { id, metrics } of items) {
    const value = metrics[metric];
    if (value === undefined) continue;
    const problem = id.replace(/#[0-9]+$/, "");
    problems.set(problem, [...(problems.get(problem) ?? []), value]);
  }
  return Array.from(problems.values(), (values) => meanAndError(values).mean);
}

function estimate(values: readonly number[]): Estimate {
  if (values.length === 0) return { value: NaN, stderr: NaN, ci95: [NaN, NaN], method: "no items" };
  if (!values.every((value) => value === 0 || value === 1)) return bootstrapMean(values);
  const { mean, stderr } = meanAndError(values);
  const correct = values.filter((value) => value === 1).length;
  return { value: mean, stderr, ci95: wilsonInterval(correct, values.length), method: "wilson" };
}
