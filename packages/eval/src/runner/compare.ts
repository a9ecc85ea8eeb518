import {
  mcNemar,
  pairedBootstrap,
  pairedTInterval,
  signFlipTest,
  type Estimate,
  type PairedT,
  type SignFlip,
} from "../statistics/statistics.js";
import { EvalInputError } from "../errors.js";
import type { EvaluationRecord } from "./evaluate.js";
import { readRecordFile } from "./record-file.js";

/** Two runs on the same items. Differences are first minus second. */
export interface Comparison {
  readonly metric: string;
  readonly n: number;
  readonly first: number;
  readonly second: number;
  /** Paired bootstrap over items. */
  readonly difference: Estimate;
  readonly t: PairedT;
  readonly signFlip: SignFlip;
  /** For 0/1 scores: items that only one run got right, and the exact two-sided p. */
  readonly mcNemar?: { readonly onlyFirst: number; readonly onlySecond: number; readonly p: number };
}

type Source = string | EvaluationRecord;

/**
 * Compares two record files (or records) item by item. Gaps of a few points are within the error of one benchmark:
 * print this test.
 * @param options `metric` defaults to the first run's primary metric.
 * @throws {EvalInputError} When the tasks or the items differ, fewer than two items are shared, or the metric is
 *   missing.
 * @example
 * ```ts
 * import { compareRecords } from "@vpt/eval";
 *
 * (await compareRecords("value.jsonl", "baseline.jsonl")).difference.ci95
 * ```
 * @category runners
 */
export async function compareRecords(
  first: Source,
  second: Source,
  options: { readonly metric?: string; readonly seed?: number; readonly resamples?: number } = {},
): Promise<Comparison> {
  const [a, b] = await Promise.all([load(first), load(second)]);
  const { metric = a.headline, ...resampling } = options;
  if (`${a.task}/${a.protocol}` !== `${b.task}/${b.protocol}`) {
    const [expected, received] = [`${a.task}/${a.protocol} twice`, `${b.task}/${b.protocol}`];
    throw new EvalInputError({ where: "compareRecords: task and protocol", expected, received });
  }
  const ids = [...a.scores.keys()];
  const odd = ids.find((id) => !b.scores.has(id)) ?? [...b.scores.keys()].find((id) => !a.scores.has(id));
  if (odd !== undefined) {
    const advice = "Finish the shorter run first";
    throw new EvalInputError({
      where: "compareRecords: items",
      expected: "the same items",
      received: `item ${odd} in one only`,
      advice,
    });
  }
  const values = (run: Loaded) =>
    ids.map((id) => {
      const value = run.scores.get(id)![metric];
      if (typeof value === "number") return value;
      const received = `item ${id} with ${Object.keys(run.scores.get(id)!).join(", ")}`;
      throw new EvalInputError({ where: "compareRecords: metric", expected: metric, received });
    });
  const [x, y] = [values(a), values(b)];
  const mean = (list: readonly number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;
  const binary = [...x, ...y].every((value) => value === 0 || value === 1);
  const onlyFirst = x.filter((value, i) => value > y[i]!).length;
  const onlySecond = x.filter((value, i) => value < y[i]!).length;
  return {
    metric,
    n: ids.length,
    first: mean(x),
    second: mean(y),
    t: pairedTInterval(x, y),
    difference: pairedBootstrap(x, y, resampling),
    signFlip: signFlipTest(x.map((value, i) => value - y[i]!)),
    ...(binary ? { mcNemar: { onlyFirst, onlySecond, p: mcNemar(onlyFirst, onlySecond) } } : {}),
  };
}

interface Loaded {
  readonly task: string;
  readonly protocol: string;
  readonly headline: string;
  readonly scores: ReadonlyMap<string, Readonly<Record<string, number>>>;
}

async function load(source: Source): Promise<Loaded> {
  if (typeof source !== "string") {
    return { ...source, scores: new Map(source.perItem.map(({ id, metrics }) => [id, metrics])) };
  }
  const file = await readRecordFile(source);
  if (!file)
    throw new EvalInputError({
      where: `compareRecords: ${source}`,
      expected: "a record file",
      received: "no file, or an empty one",
    });
  return { ...file.header, scores: new Map(file.items.map(({ id, metrics }) => [id, metrics])) };
}
