// The main job with one command: set up, continue a real model's pretraining with and without V-Pretraining, leave a
// report.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { setup } from "./setup.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const { native } = setup();
const [first, ...others] = process.argv.slice(2);
const isVision = first === "vision"; // npm run quickstart -- vision
const language = native ? "examples/quickstart.config.ts" : "examples/tiny.config.ts";
const config = isVision ? "examples/vision/quickstart.config.ts" : language;
if (!native && !isVision) console.error("quickstart: running at tiny scale instead");
const rest = isVision ? others : process.argv.slice(2);
const out = isVision ? "runs/vision" : "runs/quickstart";
if (!rest.includes("--resume")) rest.push("--overwrite"); // the folder is the quickstart's own
const { status } = spawnSync("npx", ["--no-install", "vpt", "train", config, "--out", out, ...rest], {
  cwd: root,
  stdio: "inherit",
});
process.exit(status ?? 1);
