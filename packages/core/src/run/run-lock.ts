import { readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { VptError } from "../errors.js";

interface Owner {
  readonly pid: number;
  readonly host: string;
  readonly startedAt: string;
}

/** When a process started, in kernel ticks: tells a process from a later one with the same number. Empty where /proc is absent. */
function startOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").pop()!.split(" ")[19] ?? "";
  } catch {
    return "";
  }
}

function isAlive({ pid, host, startedAt }: Owner): boolean {
  if (host !== hostname()) return true; // cannot tell from here, so do not touch
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  return startedAt === "" || startOf(pid) === startedAt;
}

/**
 * Makes this process the only writer of a run folder. A lock left by a process that died is taken over.
 *
 * @returns A function that gives the lock back.
 * @throws {VptError} When a living process holds it.
 */
export function lockRun(folder: string): () => void {
  const path = join(folder, "lock.json");
  const mine: Owner = { pid: process.pid, host: hostname(), startedAt: startOf(process.pid) };
  for (let attempt = 0; ; attempt++) {
    try {
      writeFileSync(path, JSON.stringify(mine), { flag: "wx" });
      return () => unlinkSync(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const owner = readOwner(path);
    if (owner && (isAlive(owner) || attempt > 2)) {
      throw new VptError(
        `run folder ${folder} is in use by process ${owner.pid} on ${owner.host}: wait for it, stop it, or give another --out`,
      );
    }
    try {
      unlinkSync(path);
    } catch {
      // another process took the stale lock first; the next attempt finds its own
    }
  }
}

function readOwner(path: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Owner;
  } catch {
    return undefined; // torn by a crash while it was written
  }
}
