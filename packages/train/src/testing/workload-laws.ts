import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VptError } from "@vpt/core";
import { readLog } from "@vpt/core/run";
import type { SharedConfig } from "../config/shared-config.js";
import { methodFolder } from "../method-folder.js";
import { runExperiment } from "../run-experiment.js";
import { RunStopped } from "../run-stopped.js";
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
  const folder = mkdtempSync(join(tmpdir(), "workload-laws-"));
  const go = (out: string, options: object = {}) =>
    runExperiment(workload, config, { out: join(folder, out), ...options });
  const last = methodName(config.methods.at(-1)!);
  const metrics = (out: string): string =>
    readFileSync(join(methodFolder(join(folder, out), last), "metrics.jsonl"), "utf8");
  let first: ReturnType<typeof go> | undefined;
  const whole = () => (first ??= go("whole"));
  const law = (name: string, check: () => Promise<void>): Law => ({ name, check });
  return [
    law("logs every step of every method", async () => {
      await whole();
      for (const method of config.methods.map(methodName)) {
        const log = readLog(join(methodFolder(join(folder, "whole"), method), "metrics.jsonl"));
        assert(log.length === config.steps, `${method}: ${log.length} lines for ${config.steps} steps`);
        assert(
          log.every(({ loss }) => typeof loss === "number"),
          `${method}: a step without a loss`,
        );
      }
    }),
    law("names its metrics, and scores every method by the primary one", async () => {
      const { metrics: named, primaryMetric, before, methods } = await whole();
      assert(
        named.some(({ name }) => name === primaryMetric),
        `"${primaryMetric}" is not among the metrics`,
      );
      for (const { metrics: values } of [before, ...methods.map(({ scores }) => scores)])
        assert(Number.isFinite(values[primaryMetric]), `a score without "${primaryMetric}"`);
    }),
    law("gives the same metrics and scores for the same seed", async () => {
      const [a, b] = [await whole(), await go("again")];
      assert(metrics("again") === metrics("whole"), "metrics.jsonl differs");
      assert(JSON.stringify(scoresOf(a)) === JSON.stringify(scoresOf(b)), "scores differ");
    }),
    law("resumes bit for bit after any step", async () => {
      const expected = JSON.stringify(scoresOf(await whole()));
      for (let stopAt = 1; stopAt < config.steps; stopAt++) {
        const controller = new AbortController();
        const stop = {
          onStep: (event: { method: string; step: number }) =>
            event.method === last && event.step + 1 === stopAt && controller.abort(),
        };
        const out = `stopped-${stopAt}`;
        const error = await go(out, { signal: controller.signal, callbacks: [stop] }).catch(
          (thrown: unknown) => thrown,
        );
        assert(
          error instanceof RunStopped && error.step === stopAt,
          `the signal did not stop the run at step ${stopAt}`,
        );
        const resumed = await go(out, { resume: true });
        assert(metrics(out) === metrics("whole"), `stopped at step ${stopAt}: metrics.jsonl differs`);
        assert(JSON.stringify(scoresOf(resumed)) === expected, `stopped at step ${stopAt}: scores differ`);
      }
    }),
  ];
}

const scoresOf = ({ methods }: Awaited<ReturnType<typeof runExperiment>>) => methods.map(({ scores }) => scores);

/** Throws with what does not hold. */
export function assert(holds: boolean, what: string): void {
  if (!holds) throw new VptError(`law broken: ${what}`);
}
