import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { loadConfigFile, parseConfig } from "./config/load-config.js";
import type { SharedConfig } from "./config/shared-config.js";
import { languageWorkload } from "./language/index.js";
import { runExperiment } from "./run-experiment.js";
import { visionWorkload } from "./vision/index.js";
import type { Workload } from "./workload.js";

/** What is trained; `tools/record-golden.mjs` records the same. */
const settings = JSON.parse(
  readFileSync(new URL("./__fixtures__/golden-settings.json", import.meta.url), "utf8"),
) as Readonly<Record<"language" | "vision", { readonly example: string; readonly set: readonly string[] }>>;

/** Relative to the recorded number; other processors round differently. */
const tolerance = 1e-5;

interface GoldenLine {
  readonly method: string;
  readonly step: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** Reads lines such as `baseline 0 loss=4.16 gradientNorm=1.16`; `#` starts a comment. */
const readGolden = (name: string): GoldenLine[] =>
  readFileSync(new URL(`./__fixtures__/golden-${name}.txt`, import.meta.url), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const [method, step, ...pairs] = line.split(" ");
      const metrics = Object.fromEntries(pairs.map((pair) => pair.split("=")).map(([key, x]) => [key!, Number(x)]));
      return { method: method!, step: Number(step), metrics };
    });

/** Trains the example and returns "method step metric: expected, received" of each number that differs. */
const differences = async <Config extends SharedConfig, Batch, View>(
  workload: Workload<Config, Batch, View>,
  example: string,
  set: readonly string[],
): Promise<{ readonly compared: number; readonly differ: readonly string[] }> => {
  const golden = readGolden(workload.kind);
  const methods = [...new Set(golden.map(({ method }) => method))];
  const trained = JSON.stringify(methods.filter((method) => method !== "pretrain"));
  const file = await loadConfigFile(example, [`methods=${trained}`, ...set]);
  const out = await mkdtemp(join(tmpdir(), "vpt-golden-"));
  try {
    await runExperiment(workload, parseConfig(workload.schema, file, example), { out });
    const rows = new Map<string, Readonly<Record<string, number>>>();
    for (const method of methods)
      for (const line of (await readFile(join(out, method, "metrics.jsonl"), "utf8")).trim().split("\n")) {
        const row = JSON.parse(line) as Readonly<Record<string, number>>;
        rows.set(`${method} ${row.step}`, row);
      }
    const numbers = golden.flatMap(({ method, step, metrics }) =>
      Object.entries(metrics).map(([key, expected]) => ({
        name: `${method} ${step} ${key}`,
        expected,
        received: rows.get(`${method} ${step}`)?.[key] ?? Number.NaN,
      })),
    );
    const differ = numbers
      .filter(({ expected, received }) => !(Math.abs(received - expected) <= tolerance * Math.abs(expected) + 1e-9))
      .map(({ name, expected, received }) => `${name}: expected ${expected}, received ${received}`);
    return { compared: numbers.length, differ };
  } finally {
    await rm(out, { recursive: true, force: true });
  }
};

it.each([
  ["language", languageWorkload, 895],
  ["vision", visionWorkload, 604],
] as const)(
  "trains the %s example to the recorded metrics, with every method",
  { timeout: 300_000 },
  async (kind, workload, count) => {
    const { example, set } = settings[kind];
    const { compared, differ } = await differences(workload as Workload<SharedConfig, unknown, unknown>, example, set);
    expect(differ).toEqual([]);
    expect(compared).toBe(count);
  },
);
