import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { VptError } from "@vpt/contracts";
import { writeDurably } from "@vpt/core/run";
import type { ProbeDiagnostics } from "@vpt/train";

/** What `vpt probe` measured at one method's newest checkpoint, as `probe.json` keeps it. */
export interface ProbeRecord {
  readonly method: string;
  /** Learner steps behind the checkpoint. */
  readonly step: number;
  readonly skipped: number;
  /** Summaries and pairs by kind of step. */
  readonly steps: Readonly<Record<string, object>>;
  readonly diagnostics?: ProbeDiagnostics;
}

const pathIn = (folder: string): string => join(folder, "probe.json");

/**
 * Reads `probe.json` of a run folder; empty where there is none.
 *
 * @throws {VptError} When it is not what {@link writeProbeFile} wrote.
 * @example
 * ```ts
 * import { readProbeFile } from "@vpt/report";
 *
 * const methods = readProbeFile("runs/a").map(({ method }) => method);
 * ```
 */
export function readProbeFile(folder: string): readonly ProbeRecord[] {
  const path = pathIn(folder);
  if (!existsSync(path)) return [];
  try {
    const { methods } = JSON.parse(readFileSync(path, "utf8")) as { readonly methods: readonly ProbeRecord[] };
    if (!Array.isArray(methods)) throw new TypeError('no list "methods"');
    return methods;
  } catch (error) {
    throw new VptError(
      `${path}: expected the JSON of a vpt probe (${(error as Error).message}); delete it, or run vpt probe again`,
    );
  }
}

/**
 * Writes the records into `probe.json` of a run folder. Those of other methods that it holds already stay.
 *
 * @returns The file's path.
 * @throws {VptError} When the folder's `probe.json` is another file.
 */
export async function writeProbeFile(folder: string, records: readonly ProbeRecord[]): Promise<string> {
  const others = readProbeFile(folder).filter(({ method }) => !records.some((record) => record.method === method));
  const path = pathIn(folder);
  await writeDurably(path, `${JSON.stringify({ methods: [...others, ...records] })}\n`);
  return path;
}
