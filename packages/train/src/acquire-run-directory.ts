import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { VptError } from "@vpt/core";
import { lockRun, writeDurably } from "@vpt/core/run";
import { changedKeys, mayChange } from "./config/changed-keys.js";
import { resumableKeys } from "./config/shared-config.js";

/** What to do with a run that is already in the folder: continue it, or replace it. Without either it is left alone. */
export interface AcquireRunDirectoryOptions {
  readonly resume: boolean;
  readonly overwrite?: boolean;
}

/** What a finished run leaves beside its methods' folders, which the methods clear themselves. */
const results = ["summary.json", "report.html", "skipped-samples.jsonl"];

/**
 * Makes `out` the folder of a run, locks it and saves the configuration there. A run that has results or a checkpoint
 * is replaced only with `overwrite`.
 *
 * @returns Unlocks the folder.
 * @throws {VptError} When the folder cannot be written or is another process's; when a run is there and neither option
 *   is given; when a resumed run had another configuration.
 */
export async function acquireRunDirectory(
  out: string,
  config: object,
  { resume, overwrite = false }: AcquireRunDirectoryOptions,
): Promise<() => void> {
  if (resume && overwrite)
    throw new VptError("--resume and --overwrite: one continues the run, the other replaces it; give one");
  makeFolder(out);
  const unlock = lockRun(out);
  try {
    const path = join(out, "config.json");
    if (resume && existsSync(path)) {
      refuseChanges(out, config, JSON.parse(readFileSync(path, "utf8")));
      await writeDurably(path, JSON.stringify(config, null, 2)); // with the keys that may change
    } else {
      if (!overwrite && hasRun(out))
        throw new VptError(
          `--out ${out}: a run is there already; continue it (--resume), choose another --out, or replace ` +
            "it (--overwrite)",
        );
      for (const name of results) rmSync(join(out, name), { force: true });
      await writeDurably(path, JSON.stringify(config, null, 2));
    }
    return unlock;
  } catch (error) {
    unlock();
    throw error;
  }
}

function makeFolder(out: string): void {
  try {
    mkdirSync(out, { recursive: true });
  } catch (error) {
    throw new VptError(
      `--out ${out}: cannot be written (${(error as NodeJS.ErrnoException).code}); choose a folder you may write to`,
    );
  }
}

/** True for a run with results or a checkpoint; one that failed before its first has nothing to lose. */
const hasRun = (out: string): boolean =>
  existsSync(join(out, "summary.json")) ||
  readdirSync(out).some((method) => {
    const checkpoints = join(out, method, "checkpoints");
    return existsSync(checkpoints) && readdirSync(checkpoints).length > 0;
  });

function refuseChanges(out: string, config: object, saved: unknown): void {
  const refused = changedKeys(saved, config).filter((change) => !mayChange(change));
  if (refused.length === 0) return;
  const text = (value: unknown): string => (value === undefined ? "not there" : JSON.stringify(value));
  const each = refused.map((change) => `"${change.key}" was ${text(change.saved)}, now ${text(change.now)}`);
  throw new VptError(
    `--resume ${out}: ${each.join("; ")}; resume with the same configuration, or choose another ` +
      `--out. May change: ${resumableKeys.join(", ")}, steps upward, paths`,
  );
}
