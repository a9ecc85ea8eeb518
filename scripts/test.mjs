// Everything that proves the project: set up, check, tests; one closing line, `N passed, N failed`.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setup } from "./setup.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
setup();
const check = spawnSync(process.execPath, ["scripts/check.mjs"], { cwd: root, stdio: "inherit" });
const results = join(mkdtempSync(join(tmpdir(), "vpt-test-")), "results.json");
const tests = spawnSync(
  "npx",
  ["--no-install", "vitest", "run", "--reporter=dot", "--reporter=json", `--outputFile.json=${results}`],
  {
    cwd: root,
    stdio: "inherit",
  },
);
const { numPassedTests, numFailedTests, numFailedTestSuites, numPendingTests } = JSON.parse(
  readFileSync(results, "utf8"),
);
const failed = Math.max(numFailedTests, numFailedTestSuites > 0 ? 1 : 0) + (check.status === 0 ? 0 : 1);
console.log(`${numPassedTests + (check.status === 0 ? 1 : 0)} passed, ${failed} failed, ${numPendingTests} skipped`);
process.exit(failed === 0 && tests.status === 0 ? 0 : 1);
