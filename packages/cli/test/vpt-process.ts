import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The project's own folder, where the built program runs. */
export const root = fileURLToPath(new URL("../../..", import.meta.url));

/** The built program. */
export const vpt = fileURLToPath(new URL("../bin/vpt.js", import.meta.url));

/** Runs the program to its end. */
export const run = (...args: string[]) => spawnSync(process.execPath, [vpt, ...args], { encoding: "utf8", cwd: root });

/** Runs the program and kills it with -9 once the file `log` has `lines` lines; resolves when it has ended. */
export async function runAndKill(args: readonly string[], log: string, lines: number): Promise<void> {
  const child = spawn(process.execPath, [vpt, ...args], { stdio: "ignore", cwd: root });
  const ended = new Promise((done) => child.once("exit", done));
  const poll = setInterval(() => {
    if (existsSync(log) && readFileSync(log, "utf8").split("\n").length > lines) child.kill("SIGKILL");
  }, 3);
  await ended;
  clearInterval(poll);
}
