import type { BenchmarkResult } from "./open-benchmark.js";

/**
 * Writes the whole record as one JSON object beside its file of items: `gsm8k.jsonl` gets `gsm8k.record.json`.
 *
 * @returns The path written.
 * @example
 * ```ts
 * import { benchmarkRows } from "@vpt/data";
 * import { openGsm8k, writeBenchmarkRecord } from "@vpt/eval/benchmarks";
 * import { languageEvaluator } from "@vpt/lang/evaluation";
 *
 * const gsm8k = await openGsm8k({ rows: benchmarkRows("openai/gsm8k/main") });
 * const result = await gsm8k.run(languageEvaluator(model), { file: "gsm8k.jsonl" });
 * await writeBenchmarkRecord("gsm8k.jsonl", result);
 * ```
 * @category benchmarks
 */
export async function writeBenchmarkRecord(file: string, { record, details, split }: BenchmarkResult): Promise<string> {
  const { writeFile } = await import("node:fs/promises");
  const { perItem, ...summary } = record;
  const { decoding = null, seed = null } = record.settings;
  const software = { node: process.version };
  const whole = { ...summary, split, decoding, seed, ...details, software, perItem };
  const path = `${file.replace(/\.jsonl$/, "")}.record.json`;
  await writeFile(path, `${JSON.stringify(whole, null, 2)}\n`);
  return path;
}
