// Everything that reads the code without running it: types, lint, format, dead code, and the shape of what is published.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const packages = readdirSync(join(root, "packages"));
const checks = [
  ["types", ["tsc", "--noEmit", "-p", "tsconfig.json"]],
  ["lint", ["oxlint", "--deny-warnings", "packages", "scripts", "examples"]],
  ["format", ["prettier", "--check", "--log-level=warn", "packages", "scripts", "examples"]],
  ["dead code", ["knip", "--no-progress"]],
  ...packages.map((name) => [`publint ${name}`, ["publint", "--pack", "npm", join("packages", name)]]),
  ...packages.map((name) => [
    `types wrong ${name}`,
    ["attw", "--pack", join("packages", name), "--profile", "esm-only", "--format", "ascii"],
  ]),
];
let failed = 0;
for (const [name, command] of checks) {
  const { status, stdout, stderr } = spawnSync("npx", ["--no-install", ...command], { cwd: root, encoding: "utf8" });
  if (status === 0) continue;
  failed++;
  console.error(`check ${name}: failed\n${stdout}${stderr}`);
}
console.log(`${checks.length - failed} of ${checks.length} checks passed`);
process.exit(failed === 0 ? 0 : 1);
