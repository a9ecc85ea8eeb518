// Everything that reads the code without running it: types, lint, format, dead code, examples, API pages, and the shape
// of what is published. Two checks run at a time. `npm run check -- lint types` runs those alone.
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packages, root } from "./entry-points.mjs";

const code = ["packages", "studies", "scripts", "examples"];
const packed = mkdtempSync(join(tmpdir(), "vpt-check-"));

const run = (command, args) =>
  new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += text));
    child.on("error", (error) => resolve({ status: 1, output: String(error) }));
    child.on("close", (status) => resolve({ status, output }));
  });
const bin = (name, ...args) => run(join(root, "node_modules", ".bin", name), args);
const script = (name) => run(process.execPath, [join("scripts", name)]);

/** One archive a package, made by a single npm, for the two checks of what is published. */
const pack = async () => {
  const folders = packages.map((name) => `./packages/${name}`);
  return run("npm", ["pack", "--ignore-scripts", "--loglevel=error", `--pack-destination=${packed}`, ...folders]);
};
const archives = () => readdirSync(packed).map((name) => join(packed, name));

/** Runs a check on each archive; reports the first that fails. */
const onArchives = async (check) => {
  const found = archives();
  if (found.length !== packages.length)
    return {
      status: 1,
      output: `expected ${packages.length} packed packages, found ${found.length}; run npm run build\n`,
    };
  for (const archive of found) {
    const result = await check(archive);
    if (result.status !== 0) return { ...result, output: `${archive}\n${result.output}` };
  }
  return { status: 0, output: "" };
};

const checks = {
  types: () => bin("tsc", "--noEmit", "-p", "tsconfig.json"),
  lint: () => bin("oxlint", "--deny-warnings", ...code, "tools"),
  docs: () => bin("typedoc", "--emit", "none", "--logLevel", "Warn"),
  examples: () => script("check-examples.mjs"),
  style: () => script("check-style.mjs"),
  format: () => bin("prettier", "--check", "--log-level=warn", ...code),
  "dead code": () => bin("knip", "--no-progress"),
  publint: () => onArchives((archive) => bin("publint", archive)),
  "types wrong": () => onArchives((archive) => bin("attw", archive, "--profile", "esm-only", "--format", "ascii")),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => checks[name] === undefined);
if (unknown.length > 0) {
  console.error(`check: no check ${unknown.join(", ")}; expected some of ${Object.keys(checks).join(", ")}`);
  process.exit(1);
}
const names = Object.keys(checks).filter((name) => wanted.length === 0 || wanted.includes(name));
let failed = 0;
if (names.includes("publint") || names.includes("types wrong")) {
  const { status, output } = await pack();
  if (status !== 0) console.error(`check: npm pack failed\n${output}`);
}
const queue = [...names];
const worker = async () => {
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    const { status, output } = await checks[name]();
    if (status === 0) continue;
    failed++;
    console.error(`check ${name}: failed\n${output}`);
  }
};
await Promise.all([worker(), worker()]);
rmSync(packed, { recursive: true, force: true });
console.log(`${names.length - failed} of ${names.length} checks passed`);
process.exit(failed === 0 ? 0 : 1);
