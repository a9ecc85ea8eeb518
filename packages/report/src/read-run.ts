import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { VptError } from "@vpt/contracts";
import { readLog, type LogRecord } from "@vpt/core/run";
import type { RunSummary } from "@vpt/train";
import { readProbeFile, type ProbeRecord } from "./probe-file.js";

const logNames = ["metrics", "timings", "evaluations", "probe", "skipped-samples"] as const;

/** The logs in a method's folder, by name without `.jsonl`; one that is not there is empty. */
export type MethodLogs = Readonly<Record<(typeof logNames)[number], readonly LogRecord[]>>;

/** A finished run, read back from its folder. */
export interface FinishedRun {
  readonly folder: string;
  readonly summary: RunSummary;
  /** `config.json`; undefined where it is missing. */
  readonly config: Readonly<Record<string, unknown>> | undefined;
  readonly logs: Readonly<Record<string, MethodLogs>>;
  /** `probe.json`, which `vpt probe` writes; empty where there is none. */
  readonly probe?: readonly ProbeRecord[];
}

/** Whether a folder holds a finished run. */
export const isRunFolder = (folder: string): boolean => existsSync(join(folder, "summary.json"));

/**
 * Reads what `vpt train` left in a run folder.
 *
 * @throws {VptError} When the folder holds no finished run, or one of another format.
 */
export function readRun(folder: string): FinishedRun {
  const path = join(folder, "summary.json");
  if (!isRunFolder(folder))
    throw new VptError(
      `${folder}: expected summary.json, found none; give the --out of a vpt train that has ended, or of a vpt eval`,
    );
  const summary = readJson(path) as RunSummary;
  if (summary.format !== 2)
    throw new VptError(`${path}: format ${summary.format ?? 1}, this program reads 2: start the run again`);
  const config = join(folder, "config.json");
  return {
    folder,
    summary,
    config: existsSync(config) ? (readJson(config) as Record<string, unknown>) : undefined,
    logs: Object.fromEntries(summary.methods.map(({ method }) => [method, readLogs(join(folder, method))])),
    probe: readProbeFile(folder),
  };
}

const readLogs = (folder: string): MethodLogs => {
  const logs = logNames.map((name) => [name, readLog(join(folder, `${name}.jsonl`))] as const);
  return Object.fromEntries(logs) as unknown as MethodLogs;
};

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new VptError(`${path}: expected JSON (${(error as Error).message}); run vpt train again to write it anew`);
  }
}
