import { join } from "node:path";
import { appendLog, flushLog, truncateLog } from "@vpt/core/run";
import type { RunCallback, StepEvent } from "../run-callback.js";

type StepRecord = Readonly<Record<string, unknown>>;

/**
 * Writes one line a step into `<method>/<name>.jsonl`. A resumed run drops the lines of steps that it takes again, and
 * the file is on the disk before a checkpoint is, so that a checkpoint is never ahead of its log.
 *
 * @param recordOf Returns the line's fields, or undefined for a step without a line.
 */
export const stepLog = (
  name: string,
  recordOf: (event: StepEvent) => StepRecord | undefined | Promise<StepRecord | undefined>,
): RunCallback => {
  const pathIn = (folder: string): string => join(folder, `${name}.jsonl`);
  return {
    onMethodStart: ({ folder, state }) => truncateLog(pathIn(folder), state.step),
    onStep: async (event) => {
      const record = await recordOf(event);
      if (record) appendLog(pathIn(event.folder), { ...record, step: event.step });
    },
    onCheckpoint: ({ folder }) => flushLog(pathIn(folder)),
  };
};
