import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { VptError } from "@vpt/core";
import { readLog, type LogRecord } from "@vpt/core/run";
import { type RunSummary, methodFolder } from "@vpt/train";

/** The logs of one method. */
export interface ArmLogs {
  readonly metrics: readonly LogRecord[];
  readonly timings: readonly LogRecord[];
  readonly probe: readonly LogRecord[];
}

/** A finished run, read back from its folder. */
export interface FinishedRun {
  readonly folder: string;
  readonly summary: RunSummary;
  readonly logs: Readonly<Record<string, ArmLogs>>;
}

/**
 * Reads what `vpt train` left.
 *
 * @throws {VptError} When the folder holds no finished run.
 */
export function readRun(folder: string): FinishedRun {
  const path = join(folder, "summary.json");
  if (!existsSync(path))
    throw new VptError(`${folder}: no finished run here (no summary.json); give the --out of a vpt train that ended`);
  const summary = JSON.parse(readFileSync(path, "utf8")) as RunSummary & { readonly kind?: string };
  if (summary.kind === "vision")
    throw new VptError(
      `${folder}: a vision run, whose report.html vpt train has written; vpt report is for language runs`,
    );
  const methods = summary.methods.map(({ method }) => method);
  const log = (method: (typeof methods)[number], name: string) =>
    readLog(join(methodFolder(folder, method), `${name}.jsonl`));
  return {
    folder,
    summary,
    logs: Object.fromEntries(
      methods.map((method) => [
        method,
        { metrics: log(method, "metrics"), timings: log(method, "timings"), probe: log(method, "probe") },
      ]),
    ),
  };
}
