import { mkdir, open, readFile, rm, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const heartbeatMs = 2_000;
const staleMs = 20_000;

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
};

/** A lock is stale when its owner is a dead process of this host, or when its heartbeat stopped. */
const isStale = async (path: string): Promise<boolean> => {
  try {
    const [pid, host] = (await readFile(path, "utf8")).split(" ");
    if (host === hostname() && pid && !isAlive(Number(pid))) return true;
    return Date.now() - (await stat(path)).mtimeMs > staleMs;
  } catch {
    return false; // released meanwhile
  }
};

/**
 * Runs `work` while holding the lock file `path`, waiting for another holder first; `onWait` is called once if so.
 * Two waiters may, rarely, recover one stale lock together: work must stay correct then (ours writes aside and
 * renames).
 */
export const withLock = async <T>(path: string, work: () => Promise<T>, onWait: () => void = () => {}): Promise<T> => {
  await mkdir(dirname(path), { recursive: true });
  for (let waited = false; ; waited = true) {
    try {
      const file = await open(path, "wx");
      await file.writeFile(`${process.pid} ${hostname()}`);
      await file.close();
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    if (await isStale(path)) await rm(path, { force: true });
    else {
      if (!waited) onWait();
      await delay(100);
    }
  }
  const heartbeat = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => {}), heartbeatMs);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    await rm(path, { force: true });
  }
};
