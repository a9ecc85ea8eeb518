// Records the metrics that packages/train/src/golden.test.ts compares with: `node tools/record-golden.mjs language`
// (or vision), after `npm run build`. Settings and methods are the test's; say in the commit why the numbers moved.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const [kind] = process.argv.slice(2);
const root = fileURLToPath(new URL("..", import.meta.url));
const { example, set, methods } = JSON.parse(
  readFileSync(join(root, "packages/train/src/__fixtures__/golden-settings.json"), "utf8"),
)[kind];
const out = join(mkdtempSync(join(tmpdir(), "golden-")), "run");
const flags = [`methods=${JSON.stringify(methods)}`, ...set].flatMap((value) => ["--set", value]);
execFileSync("npx", ["--no-install", "vpt", "train", example, "--out", out, ...flags], { cwd: root, stdio: "inherit" });
const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: root, encoding: "utf8" }).trim();
const lines = ["pretrain", ...methods].flatMap((method) =>
  readFileSync(join(out, method, "metrics.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .map(({ step, ...metrics }) => {
      const numbers = Object.entries(metrics).filter(([, x]) => typeof x === "number");
      return [method, step, ...numbers.map(([name, x]) => `${name}=${Number(x.toPrecision(8))}`)].join(" ");
    }),
);
const source = `tools/record-golden.mjs after ${commit}, ${process.arch}`;
const header = `# ${kind}: metrics of each step by method, recorded by ${source}`;
writeFileSync(join(root, `packages/train/src/__fixtures__/golden-${kind}.txt`), `${[header, ...lines].join("\n")}\n`);
console.log(`${lines.length} steps`);
