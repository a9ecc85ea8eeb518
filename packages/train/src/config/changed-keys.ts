import { isAbsolute } from "node:path";
import { resumableKeys } from "./shared-config.js";

/** A key whose value differs between two configurations; a value is undefined where the key is missing. */
export interface ChangedKey {
  readonly key: string;
  readonly saved: unknown;
  readonly now: unknown;
}

/** Every dotted key that differs between two plain configurations, in either direction. */
export function changedKeys(saved: unknown, now: unknown, prefix = ""): ChangedKey[] {
  if (JSON.stringify(saved) === JSON.stringify(now)) return [];
  if (!isPlainObject(saved) || !isPlainObject(now)) return [{ key: prefix, saved, now }];
  return [...new Set([...Object.keys(saved), ...Object.keys(now)])].flatMap((key) =>
    changedKeys(saved[key], now[key], prefix === "" ? key : `${prefix}.${key}`),
  );
}

/**
 * True where a resumed run may have the change: logging, the cadence of checkpoints, more steps, a path that has moved.
 */
export function mayChange({ key, saved, now }: ChangedKey): boolean {
  if ((resumableKeys as readonly string[]).includes(key.split(".")[0]!)) return true;
  if (key === "steps") return typeof saved === "number" && typeof now === "number" && now > saved;
  return typeof saved === "string" && typeof now === "string" && isAbsolute(saved) && isAbsolute(now);
}

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
