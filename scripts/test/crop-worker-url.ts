import { mkdtempSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "tsup";

// Tests run on the sources, which a thread of Node's cannot read: the thread's file is bundled from them, once a
// process. It lies in the package, so that what it leaves outside is found.
const packages = fileURLToPath(new URL("../../packages/", import.meta.url));
const cache = join(packages, "data/node_modules/.cache");
mkdirSync(cache, { recursive: true });
const folder = mkdtempSync(join(cache, "crop-worker-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
await build({
  entry: { "crop-worker": join(packages, "data/src/images/crops/crop-worker.ts") },
  outDir: folder,
  format: "esm",
  target: "es2022",
  config: false,
  silent: true,
  noExternal: [/^@vpt\//, "pure-rand"],
  external: ["@tensorflow/tfjs", "sharp"],
  esbuildOptions: (options) => {
    options.alias = { "@vpt/core/plain": join(packages, "core/src/plain/index.ts") };
  },
});

export const cropWorkerUrl = pathToFileURL(join(folder, "crop-worker.js"));
