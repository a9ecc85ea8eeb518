import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import evaluation from "./packages/eval/entries.json" with { type: "json" };

const packages = fileURLToPath(new URL("./packages/", import.meta.url));
const studies = fileURLToPath(new URL("./studies/", import.meta.url));
const scripts = fileURLToPath(new URL("./scripts/", import.meta.url));

export default defineConfig({
  resolve: {
    // Tests run on the sources, so a change is tested without a build.
    alias: [
      { find: /^\.\/crop-worker-url\.js$/, replacement: `${scripts}test/crop-worker-url.ts` },
      { find: /^@vpt\/([a-z]+)$/, replacement: `${packages}$1/src/index.ts` },
      ...Object.entries(evaluation).map(([name, file]) => ({
        find: `@vpt/eval/${name}`,
        replacement: `${packages}eval/${file}`,
      })),
      { find: /^@vpt\/studies$/, replacement: `${studies}src/index.ts` },
      { find: /^@vpt\/([a-z]+)\/([a-z0-9-]+)$/, replacement: `${packages}$1/src/$2/index.ts` },
    ],
  },
  test: {
    include: [
      "packages/*/{src,test}/**/*.test.ts",
      "studies/**/*.test.ts",
      "examples/**/*.test.ts",
      "scripts/**/*.test.ts",
    ],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 120_000, // commands are whole processes, and a machine may be busy
    silent: "passed-only", // tfjs greets every process that runs without its node backend
  },
});
