import { useBackend } from "@vpt/backend";
import type { Progress } from "@vpt/train";
import { type BenchAllReduce, benchAllReduce } from "./bench-all-reduce.js";
import { benchData } from "./bench-data.js";
import { benchDino, dinoParts, dinoShapes, type DinoShapeName } from "./bench-dino.js";
import { benchGenerate } from "./bench-generate.js";
import { benchMatmul } from "./bench-matmul.js";
import { benchMemory } from "./bench-memory.js";
import { type BenchParallel, benchParallel, poolTurns } from "./bench-parallel.js";
import { benchOverhead } from "./bench-overhead.js";
import { benchStep } from "./bench-step.js";
import { type Benchmark, defineBenchmark, type OptionValues } from "./benchmark.js";
import { openBenchStream } from "./open-bench-stream.js";
import { overheadLines } from "./overhead-lines.js";
import { overheadModes } from "./overhead-runner.js";
import { comparisonLines, gigabytes } from "./report-lines.js";
import { runProcesses } from "./run-processes.js";
import { shapes, type ShapeName } from "./shapes.js";
import { startOverheadProcess } from "./start-overhead-process.js";
import { torchReference } from "./torch-reference.js";
import { valueMethods, type ValueMethodName } from "./value-methods.js";

const reference = {
  reference: { kind: "choice", choices: ["torch"], description: "torch: PyTorch in the same run" },
  python: { kind: "text", description: "a Python that has torch; $VPT_PYTHON or python3 by default" },
} as const;
const rounds = { kind: "whole", default: 5, description: "rounds that count, after two that do not" } as const;
const sizes = {
  shape: {
    kind: "choice",
    choices: Object.keys(shapes) as ShapeName[],
    default: "smollm2-135m",
    description: Object.keys(shapes).join(" or "),
  },
  batch: { kind: "whole", default: 4, description: "rows a step" },
  tokens: { kind: "whole", default: 256, description: "tokens a row" },
} as const;
const value = {
  candidates: { kind: "whole", default: 64, description: "K, candidates a position" },
  blocks: { kind: "whole", default: 2, description: "blocks at the end over which the value is taken" },
} as const;

const pythonOf = (given: string | undefined): string => given ?? process.env["VPT_PYTHON"] ?? "python3";

/** Loads TensorFlow, and returns what every benchmark takes beside its sizes. */
async function prepare(
  values: Partial<OptionValues<typeof reference>>,
  progress: Progress,
  threads?: number,
): Promise<{ reference?: ReturnType<typeof torchReference>; onRound: (line: string) => void }> {
  await useBackend({ ...(threads !== undefined && { device: "cpu" as const, threads }), log: progress.log });
  const library = values.reference && { reference: torchReference(pythonOf(values.python)) };
  return { ...library, onRound: progress.setStatus };
}

const step = defineBenchmark({
  description:
    "One learner step, all parameters trained, ours and PyTorch's in turn; ratio = PyTorch's time / ours. " +
    "Example: vpt bench step --reference torch --python /path/to/python --json",
  options: {
    ...sizes,
    rounds,
    precision: { kind: "choice", choices: ["f32", "bf16"], description: "only f32, or only bf16; both by default" },
    ...reference,
  },
  async run({ precision, reference: library, python, ...values }, progress) {
    const prepared = await prepare({ reference: library, python }, progress);
    const result = await benchStep({ ...values, ...prepared, ...(precision && { precision }) });
    return { result, lines: comparisonLines(result.comparison, result.ratios) };
  },
});

const methodNames = Object.keys(valueMethods) as ValueMethodName[];

const overhead = defineBenchmark({
  description:
    "What V-Pretraining costs, as the paper's appendix A.5 measures it: tokens a second, seconds a step, peak memory " +
    "and shares of the time, of baseline and method in turn. " +
    "Example: vpt bench overhead --every 8 --warm-up 16 --window 32 --rounds 9",
  options: {
    ...sizes,
    every: { kind: "whole", default: 8, description: "r: a value update every so many steps" },
    "warm-up": { kind: "whole", default: 16, description: "W: steps before the first window" },
    window: { kind: "whole", default: 32, description: "T: steps of a window, a multiple of --every" },
    rounds: { kind: "whole", default: 9, description: "windows of each process, in turn" },
    method: { kind: "choice", choices: methodNames, default: "value", description: methodNames.join(" or ") },
    ...value,
    mode: {
      kind: "choice",
      choices: overheadModes,
      description: "end-to-end: with data and feedback draws; compute-only: fixed batches; both by default",
    },
    data: { kind: "text", description: "rows of end-to-end: jsonl, parquet or a folder; self-made by default" },
    model: { kind: "text", description: "whose tokenizer end-to-end uses; that of the shape by default" },
    ...reference,
  },
  async run({ "warm-up": warmUp, mode, data: file, model, reference: library, python, ...values }, progress) {
    const result = await benchOverhead({
      ...values,
      warmUp,
      ...(mode && { modes: [mode] }),
      ...(library && { reference: torchReference(pythonOf(python)) }),
      start: startOverheadProcess({ data: file, model }),
      onRound: progress.setStatus,
    });
    return { result, lines: overheadLines(result) };
  },
});

const memory = defineBenchmark({
  description:
    "Peak resident memory of a V-Pretraining step; ratio = ours / PyTorch's. Example: vpt bench " +
    "memory --reference torch --json",
  options: {
    ...sizes,
    ...value,
    recompute: { kind: "flag", description: "activation checkpointing in our blocks" },
    ...reference,
  },
  async run({ reference: library, python, ...values }, progress) {
    const result = await benchMemory({ ...values, ...(await prepare({ reference: library, python }, progress)) });
    const { oursBytes, referenceBytes, ratio } = result;
    const lines = [
      `ours           peak ${gigabytes(oursBytes)}`,
      ...(referenceBytes === undefined ? [] : [`torch          peak ${gigabytes(referenceBytes)}`]),
      ...(ratio === undefined ? [] : [`ratio ${ratio.toFixed(2)}`]),
    ];
    return { result, lines };
  },
});

const dino = defineBenchmark({
  description:
    "One whole DINO step, ours compiled and PyTorch's eager in turn; V-Pretraining at r = 4 / baseline. " +
    "Example: vpt bench dino --reference torch --json",
  options: {
    shape: {
      kind: "choice",
      choices: Object.keys(dinoShapes) as DinoShapeName[],
      default: "vit-s16",
      description: Object.keys(dinoShapes).join(" or "),
    },
    batch: { kind: "whole", default: 8, description: "images a step" },
    blocks: value.blocks,
    designer: { kind: "choice", choices: ["unet", "sit"], default: "unet", description: "unet or sit" },
    "meta-batch": { kind: "whole", description: "images of the value's own batch; a quarter of --batch by default" },
    only: {
      kind: "choice",
      choices: dinoParts,
      description: `${dinoParts.join(", ")}: one part, in a minute or two; memory's peak needs a process of its own`,
    },
    rounds,
    ...reference,
  },
  async run({ "meta-batch": metaBatch, only, reference: library, python, ...values }, progress) {
    const prepared = await prepare({ reference: library, python }, progress);
    const chosen = { ...(metaBatch !== undefined && { metaBatch }), ...(only && { only }) };
    const result = await benchDino({ ...values, ...chosen, ...prepared });
    return { result, lines: comparisonLines(result.comparison, result.ratios, result.fastestRatios) };
  },
});

const data = defineBenchmark({
  description:
    "The language stream (read, shuffled, tokenised, packed) beside the learner that uses it; ratio " +
    "= tokens a second of " +
    "the stream / of the learner. Example: vpt bench data --data train.jsonl",
  options: {
    data: { kind: "text", description: "jsonl, parquet or a folder of shards; self-made problems by default" },
    model: { kind: "text", default: "smollm2", description: "whose tokenizer is used" },
    ...sizes,
    rounds,
  },
  async run({ data: file, model, ...values }, progress) {
    const { onRound } = await prepare({}, progress);
    const open = await openBenchStream({ data: file, model, tokens: values.tokens, log: onRound });
    const result = await benchData({ open, ...values, onRound });
    const rates = Object.entries(result.tokensPerSecond);
    const lines = rates.map(([name, rate]) => `${name.padEnd(14)} ${Math.round(rate)} tokens/s`);
    return { result, lines: [...lines, `ratio ${result.ratio.toFixed(1)}`] };
  },
});

const generate = defineBenchmark({
  description:
    "Greedy continuations with a key/value cache, ours and transformers' generate in turn; ratio = " +
    "transformers' time / " +
    "ours. Example: vpt bench generate --reference torch --batch 1 --json",
  options: {
    shape: sizes.shape,
    batch: { kind: "wholes", default: [1, 8], description: "prompts side by side; several, with commas" },
    "prompt-tokens": { kind: "whole", default: 16, description: "tokens of a prompt" },
    "new-tokens": { kind: "whole", default: 128, description: "tokens after it" },
    rounds: { kind: "whole", default: 3, description: "rounds that count, after one that does not" },
    ...reference,
  },
  async run({ shape, batch, rounds: count, reference: library, python, ...tokens }, progress) {
    const result = await benchGenerate({
      shape,
      batches: batch,
      promptTokens: tokens["prompt-tokens"],
      newTokens: tokens["new-tokens"],
      rounds: count,
      ...(await prepare({ reference: library, python }, progress)),
    });
    const rates = Object.entries(result.tokensPerSecond);
    const lines = rates.map(([name, rate]) => `${name}: ${rate.toFixed(1)} new tokens/s`);
    return { result, lines: [...comparisonLines(result.comparison, result.ratios), ...lines] };
  },
});

const matmul = defineBenchmark({
  description:
    "One product of square matrices in float32 and bfloat16, ours and PyTorch's in turn. " +
    "Example: vpt bench matmul --reference torch --json",
  options: { size: { kind: "whole", default: 2048, description: "rows and columns" }, rounds, ...reference },
  async run({ reference: library, python, ...values }, progress) {
    const result = await benchMatmul({ ...values, ...(await prepare({ reference: library, python }, progress)) });
    const rates = Object.entries(result.gigaflops);
    const lines = rates.map(([name, rate]) => `${name}: ${rate.toFixed(0)} GFLOP/s`);
    return { result, lines: [...comparisonLines(result.comparison, result.ratios), ...lines] };
  },
});

const processes = { kind: "whole", default: 2, description: "processes" } as const;

const allReduceOptions = {
  n: processes,
  megabytes: { kind: "whole", default: 64, description: "what is averaged, in 10^6 bytes" },
  rounds,
  ...reference,
} as const;

const allreduce = defineBenchmark({
  description:
    "The mean of float32 tensors over local processes, and gloo's between two of PyTorch. " +
    "Example: vpt bench allreduce -n 2 --megabytes 64 --reference torch",
  options: allReduceOptions,
  async run({ n, ...values }, progress) {
    const result = await runProcesses<BenchAllReduce>(n, "allreduce", values, progress.setStatus);
    const lines = comparisonLines(result.comparison, result.ratios);
    return { result, lines: [...lines, `${result.megabytesPerSecond.toFixed(0)} MB/s`] };
  },
});

const parallelOptions = {
  n: processes,
  shape: sizes.shape,
  batch: { ...sizes.batch, description: "rows a step of each process" },
  tokens: sizes.tokens,
  rounds: { kind: "whole", default: 2, description: "steps that count, after one that does not" },
  turns: { kind: "whole", default: 2, description: "how often each part is run, in turn, processes and all" },
} as const;

const parallel = defineBenchmark({
  description:
    "Learner steps of several processes of one thread that average their gradients; ratio = their " +
    "tokens a second / those " +
    "of one process of one thread, also for processes that do not communicate. Example: vpt bench parallel -n 2 --json",
  options: parallelOptions,
  async run({ n, turns, ...values }, progress) {
    const parts = { alone: [] as BenchParallel[], together: [] as BenchParallel[], apart: [] as BenchParallel[] };
    const once = (count: number, apart: boolean): Promise<BenchParallel> =>
      runProcesses(count, "parallel", { ...values, apart }, progress.setStatus);
    for (let turn = 0; turn < turns; turn++) {
      parts.alone.push(await once(1, false));
      parts.together.push(await once(n, false));
      parts.apart.push(await once(n, true));
    }
    const pooled = {
      alone: poolTurns(parts.alone),
      together: poolTurns(parts.together),
      apart: poolTurns(parts.apart),
    };
    const ratios = {
      throughput: pooled.together.tokensPerSecond / pooled.alone.tokensPerSecond,
      apart: pooled.apart.tokensPerSecond / pooled.alone.tokensPerSecond,
    };
    const lines = Object.entries(pooled).map(
      ([name, { timing, tokensPerSecond, peakBytes }]) =>
        `${name.padEnd(14)} ${timing.median.toFixed(2)} s a step, ${tokensPerSecond.toFixed(0)} tokens/s, ` +
        `peak of a process ${gigabytes(peakBytes)}`,
    );
    const ratioLines = Object.entries(ratios).map(([name, ratio]) => `ratio ${name} ${ratio.toFixed(2)}`);
    return { result: { ...pooled, ratios }, lines: [...lines, ...ratioLines] };
  },
});

/** The benchmarks by the name that `vpt bench` takes. */
export const benchmarks: Readonly<Record<string, Benchmark>> = {
  step,
  overhead,
  memory,
  dino,
  data,
  generate,
  matmul,
  allreduce,
  parallel,
};

/** What one of several processes runs, by the name of its benchmark; `bench-worker.ts` calls it. */
export const processParts = {
  allreduce: async (values: Omit<OptionValues<typeof allReduceOptions>, "n">, progress: Progress) => {
    const { reference: library, python, ...options } = values;
    return benchAllReduce({ ...options, ...(await prepare({ reference: library, python }, progress, 1)) });
  },
  parallel: async (
    values: Omit<OptionValues<typeof parallelOptions>, "n" | "turns"> & { readonly apart: boolean },
    progress: Progress,
  ) => benchParallel({ ...values, ...(await prepare({}, progress, 1)) }),
} as const;
