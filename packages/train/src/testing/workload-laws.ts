import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VptError } from "@vpt/core";
import { readLog } from "@vpt/core/run";
import type { SharedConfig } from "../config/shared-config.js";
import { methodFolder } from "../method-folder.js";
import type { RunCallback } from "../run-callback.js";
import { runExperiment, type RunOptions } from "../run-experiment.js";
import { RunStopped } from "../run-stopped.js";
import type { RunSummary } from "../run-summary.js";
import { methodName, type Workload } from "../workload.js";

/** A law with its name, to be passed to a test runner. */
export interface Law {
  readonly name: string;
  /** Throws where the law does not hold. */
  check(): Promise<void>;
}

/**
 * The laws of a workload, on a configuration of a few steps: a run logs every step of every method; the same seed gives
 * the same metrics and scores; a run that is stopped after any step resumes bit for bit; its summary names its metrics.
 *
 * @example
 * ```ts
 * import { languageWorkload, parseRunConfig } from "@vpt/train/language";
 * import { workloadLaws } from "@vpt/train/testing";
 * import { it } from "vitest";
 * const test = { synthetic: "problems", split: "test" };
 * const data = { unlabeled: { synthetic: "stream" }, feedback: { synthetic: "problems" }, test };
 * const tiny = parseRunConfig({ model: "tiny", steps: 3, data }, "my config");
 * for (const { name, check } of workloadLaws(languageWorkload, tiny)) it(name, check); // or your own workload
 * ```
 * @category testing
 */
export function workloadLaws<Config extends SharedConfig, Batch, View>(
  workload: Workload<Config, Batch, View>,
  config: Config,
): Law[] {
  const run = createRuns(workload, config);
  return [
    { name: "logs every step of every method", check: () => logsEveryStep(run) },
    { name: "names its metrics, and scores every method by the primary one", check: () => namesItsMetrics(run) },
    { name: "gives the same metrics and scores for the same seed", check: () => repeats(run) },
    { name: "resumes bit for bit after any step", check: () => resumesAfterAnyStep(run) },
  ];
}

/** Runs of one configuration in a folder of their own; `whole` is run once for all laws. */
function createRuns<Config extends SharedConfig, Batch, View>(workload: Workload<Config, Batch, View>, config: Config) {
  const folder = mkdtempSync(join(tmpdir(), "workload-laws-"));
  const methods = config.methods.map(methodName);
  const last = methods.at(-1)!;
  const go = (out: string, options: Partial<RunOptions> = {}) =>
    runExperiment(workload, config, { ...options, out: join(folder, out) });
  const logOf = (out: string, method = last): string => join(methodFolder(join(folder, out), method), "metrics.jsonl");
  let first: Promise<RunSummary> | undefined;
  return {
    methods,
    last,
    steps: config.steps,
    go,
    whole: () => (first ??= go("whole")),
    log: (out: string, method: string) => readLog(logOf(out, method)),
    /** Of the last method, as it is on the disk. */
    metrics: (out: string) => readFileSync(logOf(out), "utf8"),
  };
}

type Runs = ReturnType<typeof createRuns>;

async function logsEveryStep({ whole, methods, log, steps }: Runs): Promise<void> {
  await whole();
  for (const method of methods) {
    const lines = log("whole", method);
    assert(lines.length === steps, `${method}: ${lines.length} lines for ${steps} steps`);
    assert(
      lines.every(({ loss }) => typeof loss === "number"),
      `${method}: a step without a loss`,
    );
  }
}

async function namesItsMetrics({ whole }: Runs): Promise<void> {
  const { metrics: named, primaryMetric, before, methods } = await whole();
  assert(
    named.some(({ name }) => name === primaryMetric),
    `"${primaryMetric}" is not among the metrics`,
  );
  for (const { metrics: values } of [before, ...methods.map(({ scores }) => scores)])
    assert(Number.isFinite(values[primaryMetric]), `a score without "${primaryMetric}"`);
}

async function repeats({ whole, go, metrics }: Runs): Promise<void> {
  const [a, b] = [await whole(), await go("again")];
  assert(metrics("again") === metrics("whole"), "metrics.jsonl differs");
  assert(scoresOf(a) === scoresOf(b), "scores differ");
}

async function resumesAfterAnyStep({ whole, go, metrics, last, steps }: Runs): Promise<void> {
  const expected = scoresOf(await whole());
  for (let stopAt = 1; stopAt < steps; stopAt++) {
    const controller = new AbortController();
    const stop: RunCallback = {
      onStep: ({ method, step }) => {
        if (method === last && step + 1 === stopAt) controller.abort();
      },
    };
    const out = `stopped-${stopAt}`;
    const error = await go(out, { signal: controller.signal, callbacks: [stop] }).catch((thrown: unknown) => thrown);
    assert(error instanceof RunStopped && error.step === stopAt, `the signal did not stop the run at step ${stopAt}`);
    const resumed = await go(out, { resume: true });
    assert(metrics(out) === metrics("whole"), `stopped at step ${stopAt}: metrics.jsonl differs`);
    assert(scoresOf(resumed) === expected, `stopped at step ${stopAt}: scores differ`);
  }
}

const scoresOf = ({ methods }: RunSummary): string => JSON.stringify(methods.map(({ scores }) => scores));

/** Throws with what does not hold. */
export function assert(holds: boolean, what: string): void {
  if (!holds) throw new VptError(`law broken: ${what}`);
}
