import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { flush, writeDurably } from "./durable-write.js";

/** One line of a run log: whatever was measured at a step. */
export type LogRecord = Readonly<Record<string, unknown>> & { readonly step: number };

/**
 * Reads a log; a last line torn by a crash is left out. No file is an empty log.
 *
 * @example
 * ```ts
 * import { readLog } from "@vpt/core/run";
 *
 * const losses = readLog("runs/a/metrics.jsonl").map(({ loss }) => loss);
 * ```
 */
export function readLog(path: string): LogRecord[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, "utf8")
    .split("\n")
    .flatMap((line) => {
      try {
        return line === "" ? [] : [JSON.parse(line) as LogRecord];
      } catch {
        return [];
      }
    });
}

/**
 * Appends one line. A number that JSON has no word for is written as its name, so that it is seen.
 *
 * @example
 * ```ts
 * import { appendLog } from "@vpt/core/run";
 *
 * appendLog("runs/a/metrics.jsonl", { step: 3, loss: NaN }); // {"step":3,"loss":"NaN"}
 * ```
 */
export function appendLog(path: string, record: LogRecord): void {
  const plain = (_: string, value: unknown): unknown =>
    typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
  appendFileSync(path, `${JSON.stringify(record, plain)}\n`);
}

/**
 * Brings what was appended to the disk; call it before a checkpoint that the log must not fall behind. No file is
 * nothing to do.
 *
 * @example
 * ```ts
 * import { flushLog } from "@vpt/core/run";
 *
 * await flushLog("runs/a/metrics.jsonl");
 * ```
 */
export async function flushLog(path: string): Promise<void> {
  if (existsSync(path)) await flush(path);
}

/**
 * Drops what was logged at or after `step`: a resumed run writes those lines again.
 *
 * @example
 * ```ts
 * import { truncateLog } from "@vpt/core/run";
 *
 * await truncateLog("runs/a/metrics.jsonl", state.step);
 * ```
 */
export async function truncateLog(path: string, step: number): Promise<void> {
  if (!existsSync(path)) return;
  const kept = readLog(path).filter((record) => record.step < step);
  await writeDurably(path, kept.map((record) => `${JSON.stringify(record)}\n`).join(""));
}
