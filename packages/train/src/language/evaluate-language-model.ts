import { existsSync } from "node:fs";
import * as tf from "@tensorflow/tfjs";
import { useBackend, type BackendOptions } from "@vpt/backend";
import { VptError } from "@vpt/core";
import { loadItems } from "@vpt/data";
import { writeBenchmarkRecord, type BenchmarkResult, type OpenBenchmark } from "@vpt/eval/benchmarks";
import { httpTextGenerator } from "@vpt/eval/http";
import { textOf, type Row } from "@vpt/eval/rows";
import { languageEvaluator } from "@vpt/lang/evaluation";
import { compile } from "../compile.js";
import type { CheckpointOptions } from "../find-checkpoint.js";
import { loadTrainedModel } from "./load-trained-model.js";

/** Options of {@link evaluateLanguageModel}. */
export interface EvaluateLanguageOptions extends CheckpointOptions {
  /** `smollm2`, a folder, a `.gguf` file, a Hugging Face id, or the folder of a run. */
  readonly model?: string | undefined;
  /** Address of an OpenAI-style server that has the model, such as `http://localhost:8000/v1`. */
  readonly url?: string | undefined;
  /** A jsonl file of `{ id?, output }`, which is scored instead of asking a model. */
  readonly predictions?: string | undefined;
  /** JSONL file of one record an item; an interrupted evaluation is continued from it. */
  readonly file?: string | undefined;
  /** Rows a forward pass; default 8. */
  readonly batchSize?: number | undefined;
  readonly device?: BackendOptions["device"];
  readonly log?: (line: string) => void;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** The result of a benchmark, and the backend that computed it (undefined where no model of ours was asked). */
export interface LanguageEvaluation extends BenchmarkResult {
  readonly backend?: string;
}

/**
 * Evaluates a model on an open benchmark: starts the backend, loads the model (or the trained model of a run), asks it
 * in batches, and, with `file`, writes the record beside it. Rows are read before the model is, so that a slip costs
 * seconds.
 *
 * @throws {VptError} When neither a model nor predictions are given.
 * @example
 * ```ts
 * import { benchmarkRows } from "@vpt/data";
 * import { openGsm8k } from "@vpt/eval/benchmarks";
 * import { evaluateLanguageModel } from "@vpt/train/language";
 *
 * const gsm8k = await openGsm8k({ rows: benchmarkRows("openai/gsm8k/main"), limit: 64 });
 * const { record } = await evaluateLanguageModel(gsm8k, { model: "runs/a", method: "value", file: "gsm8k.jsonl" });
 * ```
 * @category evaluation
 */
export async function evaluateLanguageModel(
  benchmark: OpenBenchmark,
  options: EvaluateLanguageOptions,
): Promise<LanguageEvaluation> {
  const { file, predictions } = options;
  const result = predictions === undefined ? await askModel(benchmark, options) : await score(benchmark, options);
  if (file !== undefined) await writeBenchmarkRecord(file, result);
  return result;
}

/**
 * The fields that `vpt eval --json` prints: the record without its items and what is beside it; of likelihoods the
 * numbers alone.
 */
export function evaluationSummary({ record, details, backend }: LanguageEvaluation): Readonly<Record<string, unknown>> {
  const { perItem: _, ...summary } = record;
  if (record.task !== "nll") return { ...summary, ...details };
  const { data: __, ...numbers } = details;
  return { ...numbers, rows: record.n, model: record.model, backend };
}

async function score(benchmark: OpenBenchmark, options: EvaluateLanguageOptions): Promise<LanguageEvaluation> {
  const { predictions = "", model = predictions, file } = options;
  if (!benchmark.score) throw new VptError("predictions: this benchmark is not answered with text; give a model");
  if (!existsSync(predictions)) throw new VptError(`predictions: ${predictions}: no such file`);
  const outputs = await loadItems(predictions, predictionOf);
  return benchmark.score(outputs, { model, ...(file !== undefined && { file }) });
}

const predictionOf = (row: Row) => ({
  output: textOf(row, "output"),
  ...((typeof row["id"] === "string" || typeof row["id"] === "number") && { id: String(row["id"]) }),
});

async function askModel(benchmark: OpenBenchmark, options: EvaluateLanguageOptions): Promise<LanguageEvaluation> {
  const { model: name, url, file, batchSize = 8, device = "auto", log = () => {}, onProgress, signal } = options;
  if (name === undefined) throw new VptError("model: expected a model, or predictions to score text made elsewhere");
  const run = {
    model: name,
    batchSize,
    ...(file !== undefined && { file }),
    onProgress: resumeLog(log, file, onProgress),
    ...(signal && { signal }),
  };
  if (url !== undefined) {
    const apiKey = process.env["OPENAI_API_KEY"];
    const server = { url, model: name, concurrency: batchSize, ...(apiKey !== undefined && { apiKey }) };
    return benchmark.run({ generator: httpTextGenerator(server) }, run);
  }
  const backend = await useBackend({ device, log });
  const model = await loadTrainedModel(name, { ...options, log });
  try {
    return { ...(await benchmark.run(languageEvaluator(model, { batchSize, compile }), run)), backend: backend.name };
  } finally {
    tf.dispose(model.params);
  }
}

/** Says once where a continued evaluation goes on, then passes progress on. */
function resumeLog(
  log: (line: string) => void,
  file: string | undefined,
  onProgress: EvaluateLanguageOptions["onProgress"],
): (done: number, total: number) => void {
  let isFirst = true;
  return (done, total) => {
    if (isFirst && done > 0) log(`${file}: going on after ${done} of ${total} answers`);
    isFirst = false;
    onProgress?.(done, total);
  };
}
