import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { VptError } from "@vpt/core";
import { lockRun, writeDurably } from "@vpt/core/run";

/** What to do where a run is already: go on with it, or start anew over it. Without either it is left alone. */
export interface AcquireRunDirectoryOptions {
  readonly resume: boolean;
  readonly overwrite?: boolean;
}

/** What a finished run leaves beside its methods, whose own files they clear themselves. */
const results = ["summary.json", "report.html", "masks.png", "predictions.png", "quarantine.jsonl"];

/**
 * Makes `out` the folder of a run, locks it and saves the configuration there. A run that has something to lose is never written over in silence.
 *
 * @returns Unlocks the folder.
 * @throws {VptError} When the folder cannot be written or is another process's; when a run is there and neither option is given; when a
 * resumed run had another configuration.
 */
export async function acquireRunDirectory(
  out: string,
  config: object,
  { resume, overwrite = false }: AcquireRunDirectoryOptions,
): Promise<() => void> {
  if (resume && overwrite) throw new VptError("--resume and --overwrite: one goes on, the other starts anew; give one");
  makeFolder(out);
  const unlock = lockRun(out);
  try {
    const path = join(out, "config.json");
    if (resume && existsSync(path)) refuseOther(out, config, JSON.parse(readFileSync(path, "utf8")));
    else {
      if (!overwrite && hasRun(out))
        throw new VptError(
          `--out ${out}: a run is there already; go on with it (--resume), choose another --out, or start anew over it (--overwrite)`,
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

/** A run with results or a checkpoint; one that failed before its first has nothing to lose. */
const hasRun = (out: string): boolean =>
  existsSync(join(out, "summary.json")) ||
  ["", ...readdirSync(out)].some((method) => {
    const checkpoints = join(out, method, "checkpoints");
    return existsSync(checkpoints) && readdirSync(checkpoints).length > 0;
  });

function refuseOther(out: string, config: object, saved: Readonly<Record<string, unknown>>): void {
  const changed = Object.entries(config).find(([key, value]) => JSON.stringify(saved[key]) !== JSON.stringify(value));
  if (!changed) return;
  const [key, value] = changed;
  throw new VptError(
    `--resume ${out}: "${key}" was ${JSON.stringify(saved[key])}, now ${JSON.stringify(value)}; resume with the same configuration, or choose another --out`,
  );
}
