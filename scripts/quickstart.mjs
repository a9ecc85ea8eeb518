// The main job with one command: set up, continue a real model's pretraining with and without V-Pretraining, leave a report.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { setup } from "./setup.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const { native } = setup();
const config = native ? "examples/quickstart.config.ts" : "examples/tiny.config.ts";
if (!native) console.error("quickstart: running at tiny scale instead");
const { status } = spawnSync(
  "npx",
  ["--no-install", "vpt", "train", config, "--out", "runs/quickstart", ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: "inherit",
  },
);
process.exit(status ?? 1);
