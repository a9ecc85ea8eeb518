// What a user gets: packs @vpt/core, @vpt/lang and @vpt/eval with the workspace packages they need, installs each alone
// with TensorFlow.js into an empty folder, and prints the number of packages and the size. Fails when one brings what
// it must not. Needs built packages. `node scripts/pack-size.mjs [TREE]` measures another checkout.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { root } from "./entry-points.mjs";

const tree = resolve(process.argv[2] ?? root);
const measured = ["core", "lang", "eval"];
/** Readers, downloaders and programs, none of which a training step needs. */
const unwanted = new RegExp(
  "^(@vpt/(cli|data|hub|train|report|bench)|@huggingface/hub|hyparquet.*|csv-parse|tar-stream|sharp|h5wasm|vega.*|" +
    "fast-png|citty|c12)$",
);

const run = (command, args, cwd) => {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}\n${stderr || stdout}`);
  return stdout;
};
const readJson = (path) => JSON.parse(readFileSync(path, "utf8"));
const manifest = (name) => readJson(join(tree, "packages", name, "package.json"));
const own = (ids) => Object.keys(ids ?? {}).flatMap((id) => (id.startsWith("@vpt/") ? [id.slice(5)] : []));

/** A package and every workspace package it needs; optional peers are left out. */
const closure = (name, found = new Set()) => {
  if (found.has(name)) return found;
  found.add(name);
  const { dependencies, peerDependencies, peerDependenciesMeta = {} } = manifest(name);
  for (const each of own(dependencies)) closure(each, found);
  for (const each of own(peerDependencies)) if (!peerDependenciesMeta[`@vpt/${each}`]?.optional) closure(each, found);
  return found;
};

/** The catalog's versions, as pnpm writes them into what it publishes. */
const catalog = Object.fromEntries(
  [...readFileSync(join(tree, "pnpm-workspace.yaml"), "utf8").matchAll(/^ {2}"?([^\s":]+)"?: ([\d.]+)$/gm)].map(
    ([, id, version]) => [id, version],
  ),
);

const work = mkdtempSync(join(tmpdir(), "vpt-pack-"));
/** Packs one package with its versions resolved; returns the archive. */
const pack = (name) => {
  const folder = join(work, "packages", name);
  mkdirSync(folder, { recursive: true });
  run("cp", [
    "-r",
    ...["dist", "src", "README.md", "native", "python"].flatMap((each) => existing(name, each)),
    folder,
  ]);
  const { dependencies = {}, peerDependencies = {}, devDependencies: _, ...rest } = manifest(name);
  const resolved = (ids) =>
    Object.fromEntries(
      Object.entries(ids).map(([id, range]) => [
        id,
        range.startsWith("workspace:") ? `^${rest.version}` : range === "catalog:" ? catalog[id] : range,
      ]),
    );
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ ...rest, dependencies: resolved(dependencies), peerDependencies: resolved(peerDependencies) }),
  );
  const [line] = run("npm", ["pack", "--ignore-scripts", "--loglevel=error"], folder).trim().split("\n").slice(-1);
  return join(folder, line);
};
const existing = (name, each) => {
  const path = join(tree, "packages", name, each);
  return statSync(path, { throwIfNoEntry: false }) ? [path] : [];
};

/** Every installed package, and their bytes. */
const installed = (folder) => {
  const names = [];
  let bytes = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    bytes += statSync(join(entry.parentPath, entry.name)).size;
    const inside = /node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(entry.parentPath);
    if (entry.name === "package.json" && inside) names.push(inside[1]);
  }
  return { names, bytes };
};

const archives = new Map();
let failed = false;
for (const name of measured) {
  const needed = [...closure(name)];
  for (const each of needed) if (!archives.has(each)) archives.set(each, pack(each));
  const folder = join(work, `install-${name}`);
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), "{}");
  const files = needed.map((each) => archives.get(each));
  const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--prefer-offline"];
  run("npm", ["install", ...options, ...files, `@tensorflow/tfjs@${catalog["@tensorflow/tfjs"]}`], folder);
  const { names, bytes } = installed(join(folder, "node_modules"));
  const found = names.filter((each) => unwanted.test(each));
  if (found.length > 0) failed = true;
  console.log(
    `@vpt/${name}: ${names.length} packages, ${(bytes / 1e6).toFixed(1)} MB, of these ours ` +
      `${needed.map((each) => `@vpt/${each}`).join(" ")}${found.length > 0 ? `; brings ${found.join(", ")}` : ""}`,
  );
}
rmSync(work, { recursive: true, force: true });
process.exit(failed ? 1 : 0);
