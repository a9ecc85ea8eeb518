// Counts what the layout promises: `node scripts/house-numbers.mjs`. Fails when a number is over its limit.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("..", import.meta.url));
const skipped = new Set(["node_modules", "dist", "__fixtures__"]);
const filesIn = (folder) =>
  readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !skipped.has(name))
    .flatMap((entry) => (entry.isDirectory() ? filesIn(join(folder, entry.name)) : [join(folder, entry.name)]))
    .filter((path) => path.endsWith(".ts"));
const linesOf = (path) => readFileSync(path, "utf8").split("\n").length - 1;
const isTest = (path) => /\.test(-d)?\.ts$/.test(path) || /\/test\//.test(path);

/** Lengths in lines of all functions of a file. */
function functionsOf(path) {
  const source = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest, true);
  const lineOf = (position) => source.getLineAndCharacterOfPosition(position).line;
  const found = [];
  const visit = (node) => {
    if (ts.isFunctionLike(node) && node.body)
      found.push({ path, line: lineOf(node.getStart()) + 1, length: lineOf(node.end) - lineOf(node.getStart()) + 1 });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const names = readdirSync(join(root, "packages")).filter((name) =>
  statSync(join(root, "packages", name)).isDirectory(),
);
const packages = names.map((name) => {
  const files = filesIn(join(root, "packages", name));
  const [code, tests] = [files.filter((path) => !isTest(path)), files.filter(isTest)];
  const sum = (paths) => paths.reduce((lines, path) => lines + linesOf(path), 0);
  return { name, files: code.length, lines: sum(code), tests: sum(tests), paths: code };
});
const total = packages.reduce((lines, each) => lines + each.lines, 0);
for (const { name, files, lines, tests } of packages) {
  const percent = ((100 * lines) / total).toFixed(1).padStart(5);
  const counts = `${String(lines).padStart(6)} lines ${percent} %  ${String(files).padStart(4)} files`;
  console.log(`${name.padEnd(10)} ${counts}  tests ${(tests / lines).toFixed(2)}`);
}

const sources = [
  ...packages.flatMap(({ paths }) => paths),
  ...filesIn(join(root, "studies")),
  ...filesIn(join(root, "examples")),
];
const everything = [
  ...sources,
  ...packages.flatMap(({ name }) => filesIn(join(root, "packages", name)).filter(isTest)),
];
const textLines = everything.flatMap((path) =>
  readFileSync(path, "utf8")
    .split("\n")
    .map((text, i) => ({ path, text, i })),
);
const functions = sources.flatMap(functionsOf);
const product = packages.filter(({ name }) => ["train", "report", "cli", "bench"].includes(name));
const productTests = product.reduce((n, each) => n + each.tests, 0) / product.reduce((n, each) => n + each.lines, 0);
const limits = [
  ["lines of cli", packages.find(({ name }) => name === "cli").lines, "≤", 2000],
  ["largest package, % of the source", Math.max(...packages.map(({ lines }) => (100 * lines) / total)), "≤", 15],
  ["prettier-ignore", textLines.filter(({ text }) => text.includes("prettier-ignore")).length, "≤", 20],
  ["lines over 120 columns", textLines.filter(({ text }) => text.length > 120).length, "≤", 0],
  ["functions over 60 lines", functions.filter(({ length }) => length > 60).length, "≤", 5],
  ["functions over 100 lines", functions.filter(({ length }) => length > 100).length, "≤", 0],
  ["test lines per code line of train, report, cli and bench", productTests, "≥", 0.5],
];
let failed = 0;
for (const [what, value, relation, limit] of limits) {
  const holds = relation === "≤" ? value <= limit : value >= limit;
  if (!holds) failed++;
  const shown = Number.isInteger(value) ? value : value.toFixed(2);
  console.log(`${holds ? "ok     " : "missed "} ${what}: ${shown} (${relation} ${limit})`);
}
if (process.argv.includes("--list")) {
  for (const { path, i } of textLines.filter(({ text }) => text.length > 120))
    console.log(`over 120: ${path}:${i + 1}`);
  for (const { path, line, length } of functions.filter(({ length }) => length > 60))
    console.log(`${length} lines: ${path}:${line}`);
}
process.exit(failed === 0 ? 0 : 1);
