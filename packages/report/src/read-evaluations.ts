import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { VptError } from "@vpt/contracts";
import type { LoadedEvaluationRecord } from "@vpt/eval/imagenet";

/** An evaluation, read back from its file. */
export interface FinishedEvaluation {
  /** `record.json` or `NAME.record.json`. */
  readonly path: string;
  readonly record: LoadedEvaluationRecord;
}

const isRecord = (name: string): boolean => name === "record.json" || name.endsWith(".record.json");

/**
 * Reads the records that `vpt eval` left in a folder and in the folders in it, in the order of their names.
 *
 * @throws {VptError} When one is damaged.
 */
export function readEvaluations(folder: string): FinishedEvaluation[] {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return [];
  const inside = (path: string): string[] =>
    readdirSync(path)
      .filter(isRecord)
      .map((name) => join(path, name));
  const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const paths = [...inside(folder), ...folders.flatMap(({ name }) => inside(join(folder, name)))];
  return paths.sort().map((path) => ({ path, record: readRecord(path) }));
}

function readRecord(path: string): LoadedEvaluationRecord {
  const refuse = (received: string): never => {
    throw new VptError(`${path}: expected the record of an evaluation, received ${received}; run vpt eval again`);
  };
  let read: unknown;
  try {
    read = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    return refuse(`no JSON (${(error as Error).message})`);
  }
  const isWhole =
    typeof read === "object" && read !== null && "task" in read && "metrics" in read && "headline" in read;
  if (!isWhole) return refuse("a file without task, metrics and headline");
  const record = read as LoadedEvaluationRecord;
  // Language tasks leave no item out, and JSON has no NaN
  return {
    ...record,
    quarantined: record.quarantined ?? [],
    metrics: finite(record.metrics),
    groups: finite(record.groups),
  };
}

type Estimates = Readonly<Record<string, { readonly value: number; readonly ci95: readonly [number, number] }>>;

/** NaN again for the numbers that JSON wrote as null. */
const finite = <Of extends Estimates>(estimates: Of | undefined): Of =>
  Object.fromEntries(
    Object.entries(estimates ?? {}).map(([name, each]) => [
      name,
      { ...each, value: each.value ?? NaN, ci95: [each.ci95?.[0] ?? NaN, each.ci95?.[1] ?? NaN] },
    ]),
  ) as unknown as Of;
