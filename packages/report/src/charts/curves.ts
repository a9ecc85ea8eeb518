import type { LogRecord } from "@vpt/core/run";
import type { FinishedRun, MethodLogs } from "../read-run.js";
import type { Metric } from "@vpt/train";
import { describeLogKey, type ChartFamily } from "./log-keys.js";

/** A point of a curve: the mean over seeds and, where there is one, the band around it. */
export interface CurvePoint {
  readonly series: string;
  readonly step: number;
  /** Tokens or images so far. */
  readonly units: number;
  /** Seconds of training so far; undefined where no log has them. */
  readonly seconds: number | undefined;
  readonly y: number;
  readonly low: number;
  readonly high: number;
}

/** One logged number over the steps of every method. */
export interface Curve {
  readonly family: ChartFamily;
  readonly title: string;
  readonly axis: string;
  /** A panel for each method: the numbers of two methods are not to be compared. */
  readonly panels: boolean;
  readonly points: readonly CurvePoint[];
}

/** Most points of a line; longer logs are averaged in equal stretches. */
const maxPoints = 200;

/** Collects every logged number of runs that differ in their seed alone; bands hold all seeds. */
export function curvesOf(runs: readonly FinishedRun[], metrics: readonly Metric[]): Curve[] {
  const collected = new Map<string, Curve & { readonly perSeed: Map<string, Sample[][]> }>();
  for (const run of runs)
    for (const [method, logs] of Object.entries(run.logs))
      for (const { id, curve, samples } of samplesOf(run, method, logs, metrics)) {
        const entry = collected.get(id) ?? { ...curve, points: [], perSeed: new Map<string, Sample[][]>() };
        entry.perSeed.set(method, [...(entry.perSeed.get(method) ?? []), samples]);
        collected.set(id, entry);
      }
  return [...collected.values()].map(({ perSeed, ...curve }) => ({
    ...curve,
    points: [...perSeed].flatMap(([series, seeds]) => thin(overSeeds(series, seeds))),
  }));
}

type Sample = Omit<CurvePoint, "series">;
type Description = Omit<Curve, "points">;
interface Series {
  readonly id: string;
  readonly curve: Description;
  readonly samples: Sample[];
}

function samplesOf({ summary }: FinishedRun, method: string, logs: MethodLogs, metrics: readonly Metric[]): Series[] {
  const { units: total = 0, steps = summary.steps } = summary.methods.find((own) => own.method === method) ?? {};
  const unitsAt = (step: number): number => ((step + 1) * total) / steps;
  const secondsAt = elapsedSeconds(logs.timings);
  const plain = (["metrics", "timings", "probe"] as const).flatMap((log) =>
    seriesOf(
      logs[log].map((record) => ({
        record,
        at: { step: record.step, units: unitsAt(record.step), seconds: secondsAt.get(record.step) },
      })),
      (key) => ({ id: `${log}.${key}`, curve: describeLogKey(log, key) }),
    ),
  );
  return [...evaluationSeries(logs.evaluations, metrics), ...plain];
}

/** Curves of `evaluations.jsonl`: one for each metric, test set and size of the evaluation. */
function evaluationSeries(evaluations: readonly LogRecord[], metrics: readonly Metric[]): Series[] {
  const kinds = new Set(evaluations.map(({ quick, set }) => JSON.stringify([quick === true, set ?? null])));
  return [...kinds].flatMap((kind) => {
    const [quick, set] = JSON.parse(kind) as [boolean, string | null];
    const own = evaluations.filter((record) => (record["quick"] === true) === quick && (record["set"] ?? null) === set);
    const suffix = `${set === null ? "" : `, ${set}`}${quick ? " (quick evaluation)" : ""}`;
    return seriesOf(
      own.map(({ step, units, seconds, metrics: values }) => ({
        record: values as LogRecord,
        at: { step, units: Number(units), seconds: typeof seconds === "number" ? seconds : undefined },
      })),
      (key) => {
        const label = metrics.find(({ name }) => name === key)?.label ?? key;
        return {
          id: `evaluations.${kind}.${key}`,
          curve: { family: "Scores on the way", title: `${label}${suffix}`, axis: label, panels: false },
        };
      },
    );
  });
}

type Position = Pick<Sample, "step" | "units" | "seconds">;

function seriesOf(
  entries: readonly { readonly record: Readonly<Record<string, unknown>>; readonly at: Position }[],
  describe: (key: string) => { readonly id: string; readonly curve: Description | undefined },
): Series[] {
  const keys = new Set(entries.flatMap(({ record }) => Object.keys(record)));
  keys.delete("step");
  return [...keys].flatMap((key) => {
    const { id, curve } = describe(key);
    const samples = entries.flatMap(({ record, at }): Sample[] => {
      const y = record[key];
      if (typeof y !== "number") return [];
      const { low, high } = bandOf(record, key, y);
      return [{ ...at, y, low, high }];
    });
    return curve && samples.length > 0 ? [{ id, curve, samples }] : [];
  });
}

/** The range that a record gives beside a mean, such as `gateLow` and `gateHigh` beside `gate`. */
function bandOf(record: Readonly<Record<string, unknown>>, key: string, y: number) {
  const [low, high] = [record[`${key}Low`], record[`${key}High`]];
  return typeof low === "number" && typeof high === "number" ? { low, high } : { low: y, high: y };
}

function overSeeds(series: string, seeds: readonly (readonly Sample[])[]): CurvePoint[] {
  if (seeds.length === 1) return seeds[0]!.map((sample) => ({ series, ...sample }));
  const byStep = new Map<number, Sample[]>();
  for (const sample of seeds.flat()) byStep.set(sample.step, [...(byStep.get(sample.step) ?? []), sample]);
  const inOrder = [...byStep].sort(([a], [b]) => a - b);
  return inOrder.map(([step, samples]) => {
    const y = samples.map((sample) => sample.y);
    return {
      series,
      step,
      units: meanOf(samples.map(({ units }) => units)),
      seconds: meanSeconds(samples),
      y: meanOf(y),
      low: Math.min(...y),
      high: Math.max(...y),
    };
  });
}

function thin(points: readonly CurvePoint[]): CurvePoint[] {
  if (points.length <= maxPoints) return [...points];
  const width = Math.ceil(points.length / maxPoints);
  return Array.from({ length: Math.ceil(points.length / width) }, (_, i) => {
    const stretch = points.slice(i * width, (i + 1) * width);
    const mean = (of: (point: CurvePoint) => number): number => meanOf(stretch.map(of));
    return {
      series: stretch[0]!.series,
      step: mean(({ step }) => step),
      units: mean(({ units }) => units),
      seconds: meanSeconds(stretch),
      y: mean(({ y }) => y),
      low: mean(({ low }) => low),
      high: mean(({ high }) => high),
    };
  });
}

function meanSeconds(samples: readonly Pick<Sample, "seconds">[]): number | undefined {
  const known = samples.flatMap(({ seconds }) => (seconds === undefined ? [] : [seconds]));
  return known.length > 0 ? meanOf(known) : undefined;
}

function elapsedSeconds(timings: readonly LogRecord[]): ReadonlyMap<number, number> {
  let elapsed = 0;
  return new Map(timings.map(({ step, seconds }) => [step, (elapsed += Number(seconds) || 0)]));
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
