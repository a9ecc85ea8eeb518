import { fileURLToPath } from "node:url";
import type { OverheadProcess } from "./bench-overhead.js";
import { startJsonProcess } from "./json-process.js";
import type { OverheadSetup, OverheadWindow } from "./overhead-runner.js";

/** Which rows `end-to-end` reads. */
export interface OverheadData {
  /** jsonl, parquet or a folder of shards; self-made problems when left out. */
  readonly data?: string | undefined;
  /** Whose tokenizer is used; that of the shape when left out. */
  readonly model?: string | undefined;
}

/**
 * Returns a function that starts a process for one method of `benchOverhead`.
 *
 * @param program Program and arguments before the process's own; the built file of this package by default.
 * @throws {VptError} (the process's `run`) When the process fails: with the last line that it wrote.
 * @example
 * ```ts
 * import { startOverheadProcess } from "@vpt/bench";
 *
 * const start = startOverheadProcess({ data: "train.jsonl" });
 * ```
 */
export const startOverheadProcess =
  (rows: OverheadData = {}, program?: readonly [string, ...string[]]) =>
  async (setup: OverheadSetup): Promise<OverheadProcess> => {
    const built =
      program ?? ([process.execPath, fileURLToPath(import.meta.resolve("@vpt/bench/overhead-worker"))] as const);
    const { ask, close } = startJsonProcess([...built, JSON.stringify({ setup, ...rows })], {
      name: `bench overhead, ${setup.method}`,
      failure: (why) => `bench overhead: the process of ${setup.method} ${why}`,
    });
    return { run: (mode, steps) => ask<OverheadWindow>({ mode, steps }), close };
  };
