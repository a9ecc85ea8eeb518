import { copyFileSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { VptError } from "@vpt/contracts";

interface Owner {
  readonly pid: number;
  readonly host: string;
  readonly startedAt: string;
}

/**
 * Makes this process the only writer of a run folder: `lock.json` in it names the owner. A lock left by a process that
 * died is taken over, by exactly one of those that try.
 *
 * @param folder An existing folder.
 * @returns A function that gives the lock back.
 * @throws {VptError} When a living process holds it, or one on another host, which cannot be asked.
 * @example
 * ```ts
 * import { vPretrain } from "@vpt/core";
 * import { lockRun } from "@vpt/core/run";
 *
 * const unlock = lockRun("runs/a");
 * try {
 *   await vPretrain({ ...options, batches });
 * } finally {
 *   unlock();
 * }
 * ```
 */
export function lockRun(folder: string): () => void {
  const path = join(folder, "lock.json");
  const mine = join(folder, `.lock-${process.pid}`);
  const owner: Owner = { pid: process.pid, host: hostname(), startedAt: startOf(process.pid) };
  writeFileSync(mine, JSON.stringify(owner));
  try {
    const other = acquire(path, mine);
    if (other) {
      throw new VptError(
        `run folder ${folder} is in use by process ${other.pid} on ${other.host}: wait for it, stop it, ` +
          "or give another --out",
      );
    }
  } finally {
    rmSync(mine, { force: true });
  }
  return () => rmSync(path, { force: true });
}

/**
 * Puts a second name of the file `mine` at `path`, whole and at once. Returns the living owner that is in the way, if
 * any.
 *
 * Only the holder of a second lock may replace a dead owner's: else two that saw the same dead owner would replace one
 * another. That lock is one like any other, so a process that dies while it replaces is replaced in its turn.
 */
function acquire(path: string, mine: string): Owner | undefined {
  for (;;) {
    if (tryLink(mine, path)) return undefined;
    const owner = readOwner(path);
    if (owner === "gone") continue;
    if (isAlive(owner)) return owner;
    const guard = `${path}.takeover`;
    const rival = acquire(guard, mine);
    if (rival) return rival;
    try {
      const now = readOwner(path);
      if (now === "gone") continue;
      if (isAlive(now)) return now;
      copyFileSync(mine, `${mine}-copy`); // one file under two names is not renamed, and the guard is `mine`
      renameSync(`${mine}-copy`, path);
      return undefined;
    } finally {
      rmSync(guard);
    }
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Undefined for a file that says nothing: a lock appears whole, so only a crash of the machine leaves one. */
function readOwner(path: string): Owner | undefined | "gone" {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Owner;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? "gone" : undefined;
  }
}

function isAlive(owner: Owner | undefined): owner is Owner {
  if (!owner) return false;
  const { pid, host, startedAt } = owner;
  if (host !== hostname()) return true; // cannot tell from here, so do not touch
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  return startedAt === "" || startOf(pid) === startedAt;
}

/**
 * When a process started, in kernel ticks: tells a process from a later one with the same number. Empty where /proc is
 * absent.
 */
function startOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").pop()!.split(" ")[19] ?? "";
  } catch {
    return "";
  }
}
