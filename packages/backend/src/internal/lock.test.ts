import { mkdtemp, stat, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { withLock } from "./lock.js";

const lockPath = async () => join(await mkdtemp(join(tmpdir(), "vpt-lock-")), "a.lock");

it("lets one in at a time and tells the one that waits", async () => {
  const path = await lockPath();
  const events: string[] = [];
  const work = (name: string) => async () => {
    events.push(`${name} in`);
    await delay(50);
    events.push(`${name} out`);
  };
  await Promise.all([
    withLock(path, work("a")),
    delay(10).then(() => withLock(path, work("b"), () => events.push("b waits"))),
  ]);
  expect(events).toEqual(["a in", "b waits", "a out", "b in", "b out"]);
});

it("is released when the work fails", async () => {
  const path = await lockPath();
  await expect(withLock(path, () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
  await expect(stat(path)).rejects.toThrow("ENOENT");
});

it("takes over from a dead process, and from another host whose heartbeat stopped", async () => {
  const path = await lockPath();
  await writeFile(path, `999999999 ${hostname()}`);
  expect(await withLock(path, async () => 1)).toBe(1);
  await writeFile(path, "1 elsewhere");
  await utimes(path, new Date(0), new Date(0));
  expect(await withLock(path, async () => 2)).toBe(2);
});
