// Runs the pinned pnpm through npx, so that npm alone is enough to start: `node scripts/pnpm.mjs install`.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

const { packageManager } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

/** @param {readonly string[]} args */
export const pnpm = (args, options = {}) =>
  spawnSync("npx", ["--yes", packageManager, ...args], {
    stdio: "inherit",
    cwd: new URL("..", import.meta.url),
    ...options,
  });

if (process.argv[1] === new URL(import.meta.url).pathname) process.exit(pnpm(process.argv.slice(2)).status ?? 1);
