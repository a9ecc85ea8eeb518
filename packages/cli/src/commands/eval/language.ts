import { benchmarkRows, type SyntheticBenchmark } from "@vpt/data";
import {
  describeBenchmark,
  openChoices,
  openGsm8k,
  openMath,
  openMmlu,
  openNll,
  openOmega,
  openPassAtK,
  type OpenBenchmark,
} from "@vpt/eval/benchmarks";
import { createProgress, showTimeLeft } from "@vpt/train";
import { evaluateLanguageModel, evaluationSummary } from "@vpt/train/language";
import { defineCommand, type CommandDef } from "citty";
import * as option from "./options.js";
import type { Options, Values } from "./options.js";

/** Options of every benchmark. */
const shared = {
  model: option.text('"smollm2", a folder, a .gguf file, a Hugging Face id, or the folder of a run'),
  ...option.checkpointOptions,
  data: option.required(
    "rows: a .jsonl or .parquet file, a folder as the benchmark is shared, a data set of the hub such as " +
      'openai/gsm8k/main, or "synthetic"',
  ),
  split: option.text("of a folder", "test"),
  limit: option.whole("rows to read; all by default"),
  batch: option.whole("rows a forward pass", 8),
  device: option.device,
  out: option.text("jsonl file of one record an item; an interrupted run is continued from it"),
  json: option.boolean("print one JSON object"),
};

/** Options of benchmarks that are answered with text. */
const generation = {
  predictions: option.text("score this jsonl file of { id?, output } instead of asking a model"),
  url: option.text("ask --model of an OpenAI-style server, such as http://localhost:8000/v1"),
  shots: option.whole("solved rows shown before each question; the preset's by default", undefined, 0),
  demonstrations: option.text("file or folder that the solved rows come from; needed with --shots"),
  seed: option.whole("of the draw of demonstrations, and of samples", 0, 0),
  maxNewTokens: option.whole("longest answer; the protocol's by default"),
};

/** How GSM8K's question is laid out in the preset `vpt` and for NLL; `prompt` of `vpt train` says the same. */
const layout = {
  newlineBlank: option.boolean("a blank between the newline and `Answer:`", true),
  answerBlank: option.choice(["prompt", "answer"], "side of the blank after `Answer:`: prompt or answer"),
};

type Shared = Values<typeof shared>;
type Generation = Shared & Values<typeof generation>;

/** What `--data`, `--split` and `--limit` name. */
const rowsOf = ({ data, split, limit }: Shared, benchmark: SyntheticBenchmark) => ({
  rows: benchmarkRows(data, benchmark),
  split,
  limit,
});

/** What `--shots`, `--demonstrations`, `--seed` and `--max-new-tokens` say. */
const askingOf = ({ shots, demonstrations, seed, maxNewTokens }: Generation) => ({
  shots,
  demonstrations: demonstrations === undefined ? undefined : benchmarkRows(demonstrations),
  seed,
  decoding: maxNewTokens === undefined ? {} : { maxNewTokens },
});

/** One benchmark: its own options, and how it is opened with them. */
interface LanguageBenchmark<Own extends Options> {
  readonly description: string;
  readonly options: Own;
  open(values: Values<typeof shared & Own>): Promise<OpenBenchmark>;
}

const benchmark = <Own extends Options>(
  name: string,
  { description, options, open }: LanguageBenchmark<Own>,
): CommandDef => {
  const all = { ...shared, ...options };
  return defineCommand({
    meta: { name, description },
    args: option.argsOf(all),
    run: ({ args }) =>
      option.namingFlags(all, async () => {
        const values = option.valuesOf(all, args) as unknown as Values<typeof shared & Own>;
        const { out: file, batch: batchSize, json, ...given } = values as unknown as Generation;
        const progress = createProgress();
        const result = await evaluateLanguageModel(await open(values), {
          ...given,
          file,
          batchSize,
          log: progress.log,
          onProgress: showTimeLeft(progress, (done, total) => `${done}/${total} answers`),
        });
        console.log(json ? JSON.stringify(evaluationSummary(result)) : describeBenchmark(result));
      }),
  }) as CommandDef;
};

/** The commands of `vpt eval` for language models. */
export const languageCommands = {
  gsm8k: benchmark("gsm8k", {
    description:
      "GSM8K, greedy. Example: vpt eval gsm8k --model smollm2 --data test.jsonl --limit 64 --out gsm8k.jsonl",
    options: {
      ...generation,
      preset: option.choice(["vpt", "lm-eval", "lm-eval-cot"], "vpt, lm-eval (5 shots) or lm-eval-cot (its 8 own)"),
      ...layout,
      stripCalculator: option.boolean("drop <<48/2=24>> from demonstrations"),
    },
    open: (values) => openGsm8k({ ...values, ...rowsOf(values, "gsm8k"), ...askingOf(values) }),
  }),
  math: benchmark("math", {
    description: "MATH or MATH-500, greedy. Example: vpt eval math --model smollm2 --data test.jsonl --limit 64",
    options: {
      ...generation,
      preset: option.choice(["vpt-boxed", "hendrycks", "minerva"], "vpt-boxed, hendrycks or minerva (its 4 own shots)"),
    },
    open: (values) => openMath({ preset: values.preset, ...rowsOf(values, "math"), ...askingOf(values) }),
  }),
  omega: benchmark("omega", {
    description:
      "OMEGA explorative, greedy: a file, or a folder of configurations. " +
      "Example: vpt eval omega --model smollm2 --data omega --split test_out",
    options: {
      ...generation,
      split: option.choice(["test_in", "test_out"], "test_in (in distribution) or test_out; never both"),
      answerSpan: option.choice(["line", "rest"], "what counts after `Answer:`: line or rest"),
    },
    open: (values) => {
      const { split, answerSpan } = values;
      return openOmega({ ...rowsOf(values, "omega"), ...askingOf(values), split, answerSpan });
    },
  }),
  mmlu: benchmark("mmlu", {
    description: "MMLU by log-likelihood of the letters. Example: vpt eval mmlu --model smollm2 --data test.jsonl",
    options: {
      style: option.choice(["lm-eval", "hendrycks"], "lm-eval, or hendrycks (the authors' own prompt)"),
      shots: option.whole("solved rows of the subject shown first", 0, 0),
      dev: option.text(
        "file or folder that solved rows come from, in its order; --data by default where it is a folder",
      ),
    },
    open: (values) => {
      const { style, shots, dev } = values;
      return openMmlu({
        ...rowsOf(values, "mmlu"),
        style,
        shots,
        ...(dev !== undefined && { dev: benchmarkRows(dev) }),
      });
    },
  }),
  nll: benchmark("nll", {
    description:
      "Teacher-forced NLL per answer token after `Question: {question}\\n Answer: `, or of whole texts with --text. " +
      "Example: vpt eval nll --model smollm2 --data test.jsonl --limit 64 --json",
    options: {
      ...layout,
      appendEos: option.boolean("count an end token after each answer"),
      text: option.text("field of whole texts, scored in windows of the model's context"),
      overlap: option.whole("tokens of context that a further window of a text sees", 1),
    },
    open: (values) => openNll({ ...values, ...rowsOf(values, "nll") }),
  }),
  choices: benchmark("choices", {
    description:
      "GSM8K's gold numbers against others with as many digits, by log-loss over the digits. " +
      "Example: vpt eval choices --model smollm2 --data gsm8k/test.jsonl --fit gsm8k/train.jsonl --limit 128",
    options: {
      ...layout,
      fit: option.text(
        "other rows, on which a bias of each digit and a temperature are fitted; raw scores alone by default",
      ),
      fitRows: option.whole("most rows to fit on", 128),
      alternatives: option.whole("other numbers beside the gold one", 7),
      seed: option.whole("of two numbers as near, which comes first", 0, 0),
    },
    open: ({ fit, ...values }) =>
      openChoices({
        ...values,
        ...rowsOf(values, "gsm8k"),
        ...(fit !== undefined && { fit: benchmarkRows(fit, "gsm8k") }),
      }),
  }),
  "pass-at-k": benchmark("pass-at-k", {
    description:
      "Pass@k from n samples an item. Example: vpt eval pass-at-k --task gsm8k --model smollm2 --data test.jsonl",
    options: {
      predictions: generation.predictions,
      url: generation.url,
      seed: generation.seed,
      maxNewTokens: generation.maxNewTokens,
      task: option.choice(["gsm8k", "math", "omega"], "gsm8k, math or omega"),
      samples: option.whole("samples an item", 32),
      temperature: option.real("of the samples", 0.7, [0, 100]),
      topP: option.real("nucleus of the samples", 0.95, [0, 1]),
      ks: option.parsed("values of k", "1,2,4,8,16", (flag, given) =>
        given.split(",").map((k) => option.wholeNumber(flag, k)),
      ),
    },
    open: (values) => {
      const { task, samples, ks, seed, temperature, topP, maxNewTokens } = values;
      const decoding = { temperature, topP, ...(maxNewTokens !== undefined && { maxNewTokens }) };
      return openPassAtK({ ...rowsOf(values, task), task, samples, ks, seed, decoding });
    },
  }),
};
