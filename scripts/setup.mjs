// Install, build, native runtime: each does nothing when it is done already. `npm run setup`, and the first part of the
// other commands.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pnpm } from "./pnpm.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

const stop = (what, todo) => {
  console.error(`setup: ${what}. To mend it: ${todo}`);
  process.exit(1);
};

/** Newest change under a folder, in ms. */
const newest = (folder) =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((latest, entry) => Math.max(latest, statSync(join(entry.parentPath, entry.name)).mtimeMs), 0);

const isBuilt = (name) => {
  const folder = join(root, "packages", name);
  const built = join(folder, "dist", "index.d.ts");
  return existsSync(built) && statSync(built).mtimeMs >= newest(join(folder, "src"));
};

export function setup() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    stop(`Node ${process.versions.node} is too old`, "install Node 20.19 or newer");

  const installed = join(root, "node_modules", ".modules.yaml");
  if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(join(root, "pnpm-lock.yaml")).mtimeMs) {
    console.error("setup: installing the workspace");
    const { status } = pnpm(["install", "--frozen-lockfile", "--reporter=append-only", "--loglevel=error"]);
    if (status !== 0) stop("the install failed", "look at the lines above; without a network, run it once with one");
  }
  if (!readdirSync(join(root, "packages")).every(isBuilt)) {
    console.error("setup: building the packages");
    const { status } = pnpm(["--recursive", "--reporter=silent", "run", "build"], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    if (status !== 0) stop("the build failed", "node scripts/pnpm.mjs --recursive run build");
  }
  const { status } = spawnSync("npx", ["--no-install", "vpt", "setup"], { cwd: root, stdio: "inherit" });
  if (status !== 0)
    console.error("setup: going on without TensorFlow's native runtime, slower; `npx vpt doctor` says what is missing");
  return { native: status === 0 };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) setup();
