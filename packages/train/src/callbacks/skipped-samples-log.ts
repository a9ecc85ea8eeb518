import { join } from "node:path";
import { appendLog, flushLog, readLog, truncateLog } from "@vpt/core/run";
import type { Progress } from "../progress.js";
import type { RunCallback } from "../run-callback.js";
import type { SkippedRow } from "../workload.js";

const shown = 3;

/**
 * Writes `skipped-samples.jsonl`: each sample of the training stream that could not be used, once, and prints the first
 * three.
 */
export function skippedSamplesLog(progress: Pick<Progress, "log">, skipped: () => readonly SkippedRow[]): RunCallback {
  const known = new Set<string>();
  const pathIn = (folder: string): string => join(folder, "skipped-samples.jsonl");
  return {
    onMethodStart: async ({ folder, state }) => {
      await truncateLog(pathIn(folder), state.step);
      for (const { name } of readLog(pathIn(folder))) known.add(String(name));
    },
    onStep: ({ method, folder, step }) => {
      for (const { name, reason } of skipped()) {
        if (known.has(name)) continue;
        known.add(name);
        appendLog(pathIn(folder), { step, name, reason });
        if (known.size <= shown) progress.log(`${method}: left out ${name}: ${reason}`);
      }
    },
    onCheckpoint: ({ folder }) => flushLog(pathIn(folder)),
  };
}
