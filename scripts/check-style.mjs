// What no linter rule says: lines of at most 120 columns, and at most 20 prettier-ignore comments in the tree.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./entry-points.mjs";

const maxColumns = 120;
const maxIgnored = 20;

const listed = spawnSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
});
const files = listed.stdout
  .split("\n")
  .filter((file) => /\.(ts|mjs|js|cc|h)$/.test(file) && !/__fixtures__/.test(file) && existsSync(join(root, file)));

const long = [];
const ignored = [];
for (const file of files)
  readFileSync(join(root, file), "utf8")
    .split("\n")
    .forEach((line, i) => {
      const columns = [...line].length;
      if (columns > maxColumns) long.push(`${file}:${i + 1}: ${columns} columns, expected at most ${maxColumns}`);
      if (/^\s*(\/\/|\/\*) prettier-ignore/.test(line)) ignored.push(`${file}:${i + 1}`);
    });

for (const line of long) console.error(line);
if (ignored.length > maxIgnored)
  console.error(
    `${ignored.length} prettier-ignore comments, expected at most ${maxIgnored}:\n  ${ignored.join("\n  ")}`,
  );
console.log(
  `${files.length} files: ${long.length} lines over ${maxColumns} columns, ${ignored.length} prettier-ignore`,
);
process.exit(long.length === 0 && ignored.length <= maxIgnored ? 0 : 1);
