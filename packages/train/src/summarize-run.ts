import { rmSync } from "node:fs";
import { join } from "node:path";
import { memoryStats } from "@vpt/backend";
import type { TrainState } from "@vpt/core";
import { appendLog, readLog } from "@vpt/core/run";
import { bestEvaluation } from "./callbacks/evaluation.js";
import { equalStepScores } from "./callbacks/equal-step-scores.js";
import type { SharedConfig } from "./config/shared-config.js";
import { environment } from "./environment.js";
import { readMatch } from "./match/matched-steps.js";
import { methodFolder } from "./method-folder.js";
import type { MethodSummary, RunSummary, Scores } from "./run-summary.js";
import { trainingSeconds } from "./training-seconds.js";
import type { MethodPlan, OpenWorkload } from "./workload.js";

/** What a summary needs to know of its run. */
export interface SummarizedRun {
  readonly kind: string;
  readonly backend: string;
  readonly config: SharedConfig;
  readonly out: string;
}

/** One method's row of the summary, from its logs and its last state. */
export function summarizeMethod<Batch, View>(
  method: string,
  {
    scores,
    plan,
    state: { step: steps, counters },
    open,
    run: { out, config },
  }: {
    readonly scores: Scores;
    readonly plan: MethodPlan<Batch, View>;
    readonly state: TrainState;
    readonly open: OpenWorkload<Batch, View>;
    readonly run: SummarizedRun;
  },
): MethodSummary {
  const folder = methodFolder(out, method);
  const timings = readLog(join(folder, "timings.jsonl"));
  const seconds = timings.map((line) => Number(line["seconds"]));
  const metric = open.metrics.find(({ name }) => name === config.evaluate?.best);
  const best = metric && bestEvaluation(folder, metric.name, metric.higherIsBetter);
  return {
    method,
    steps,
    seconds: seconds.reduce((sum, each) => sum + each, 0),
    trainingSeconds: trainingSeconds(timings, plan.step, readMatch(folder)?.costs.firstUpdate),
    secondsPerStep: [...seconds].sort((a, b) => a - b)[seconds.length >> 1] ?? 0,
    units: steps * plan.unitsPerStep,
    skipped: counters.skippedStep + counters.skippedMeta,
    scores,
    ...(best && { best }),
  };
}

/** The summary of a whole run; lists samples that were left out in the run folder. */
export function summarizeRun<Batch, View>(
  open: OpenWorkload<Batch, View>,
  { kind, backend, config, out }: SummarizedRun,
  before: Scores,
  methods: readonly MethodSummary[],
): RunSummary {
  const skipped = listSkipped(open, out, methods);
  const timings = methods.flatMap(({ method }) => readLog(join(methodFolder(out, method), "timings.jsonl")));
  const total = (name: string): number => timings.reduce((sum, line) => sum + Number(line[name]), 0);
  return {
    format: 2,
    kind,
    model: open.model,
    backend,
    seed: config.seed,
    steps: config.steps,
    match: config.match,
    unit: open.unit,
    ...(open.preset && { preset: open.preset }),
    data: open.data,
    metrics: open.metrics,
    primaryMetric: open.primaryMetric.name,
    before,
    methods: config.match === "seconds" ? methods.map((own) => withEqualSteps(own, out)) : methods,
    ...(Object.keys(skipped).length > 0 && { skippedSamples: skipped }),
    stall: total("seconds") > 0 ? total("dataSeconds") / total("seconds") : 0,
    environment: environment(),
    peakResidentBytes: memoryStats().peakResident,
    finishedAt: new Date().toISOString(),
  };
}

/** Adds what the method and the baseline had at the same step, where both were evaluated then. */
function withEqualSteps(own: MethodSummary, out: string): MethodSummary {
  if (own.method === "baseline") return own;
  const atEqualSteps = equalStepScores(methodFolder(out, own.method), methodFolder(out, "baseline"));
  return { ...own, ...(atEqualSteps && { atEqualSteps }) };
}

/** Writes the run's `skipped-samples.jsonl`, each sample once, and counts them by data set. */
function listSkipped<Batch, View>(
  { skippedSamples }: OpenWorkload<Batch, View>,
  out: string,
  methods: readonly MethodSummary[],
): Record<string, number> {
  const logged = methods.flatMap(({ method }) => readLog(join(methodFolder(out, method), "skipped-samples.jsonl")));
  const stream = [
    ...new Map(
      logged.map(({ name, reason }) => [String(name), { name: String(name), reason: String(reason) }]),
    ).values(),
  ];
  const sets = { ...(stream.length > 0 && { unlabeled: stream }), ...skippedSamples?.() };
  const path = join(out, "skipped-samples.jsonl");
  rmSync(path, { force: true }); // a resumed run lists them again
  for (const [set, rows] of Object.entries(sets)) for (const row of rows) appendLog(path, { step: 0, set, ...row });
  return Object.fromEntries(
    Object.entries(sets).flatMap(([set, rows]) => (rows.length > 0 ? [[set, rows.length]] : [])),
  );
}
