import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runExperiment } from "@vpt/train";
import { languageWorkload, parseRunConfig } from "@vpt/train/language";
import { expect, it } from "vitest";
import config from "./own-designer.config.js";

it("trains a designer of one's own, and saves it by its name", async () => {
  const out = join(mkdtempSync(join(tmpdir(), "own-designer-")), "run");
  const small = { ...config, steps: 5, batchSize: 1, backend: { threads: 1 } };
  const run = parseRunConfig(small, fileURLToPath(new URL("own-designer.config.ts", import.meta.url)));
  const { methods } = await runExperiment(languageWorkload, run, { out });
  expect(methods.map(({ method, skipped }) => [method, skipped])).toEqual([
    ["baseline", 0],
    ["smoothed", 0],
  ]);
  const saved = JSON.parse(readFileSync(join(out, "config.json"), "utf8")) as { methods: unknown };
  expect(saved.methods).toEqual(["baseline", { name: "smoothed" }]);
}, 300_000);
