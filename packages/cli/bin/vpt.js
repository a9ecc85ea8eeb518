#!/usr/bin/env node
// citty also colours output that goes into a file
if (!process.stdout.isTTY || !process.stderr.isTTY) process.env["NO_COLOR"] ??= "1";
import("../dist/main.js").then(
  ({ main }) => main(process.argv.slice(2)),
  (error) => {
    const missing = error.code === "ERR_MODULE_NOT_FOUND" && String(error.message).includes("dist/main.js");
    console.error(missing ? "vpt: not built yet; run `npm run setup` in the project first" : error);
    process.exitCode = 1;
  },
);
