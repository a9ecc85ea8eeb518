// The public entry points of every package, read from the "exports" of its package.json: { name: "@vpt/core/run", file:
// "packages/core/src/run/index.ts" }.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));
export const packages = readdirSync(join(root, "packages")).filter((name) =>
  existsSync(join(root, "packages", name, "package.json")),
);

const evalEntries = JSON.parse(readFileSync(join(root, "packages/eval/entries.json"), "utf8"));

/** The source of a built file: dist/run/index.js comes from src/run/index.ts. */
const sourceOf = (name, built) => {
  const entry = built.replace("./dist/", "").replace(/\.d\.ts$/, "");
  const source = name === "eval" && evalEntries[entry] ? evalEntries[entry] : `src/${entry}.ts`;
  return join("packages", name, source);
};

export const entryPoints = packages.flatMap((name) => {
  const { name: id, exports } = JSON.parse(readFileSync(join(root, "packages", name, "package.json"), "utf8"));
  return Object.entries(exports)
    .filter(([, target]) => target.types !== undefined)
    .map(([subpath, { types }]) => ({ name: id + subpath.slice(1), file: sourceOf(name, types) }));
});
