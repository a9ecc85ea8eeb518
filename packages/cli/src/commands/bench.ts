import { useBackend } from "@vpt/backend";
import { benchAllReduce, benchData, benchDino, benchGenerate, benchMatmul, benchMemory, benchParallel, benchStep, benchValue, dinoParts, dinoShapes, shapes, type BenchAllReduce, type BenchParallel, type Contest, type DinoPart, type DinoShapeName, type ShapeName } from "@vpt/bench"; // prettier-ignore
import { VptError } from "@vpt/core";
import { defineCommand } from "citty";
import { runProcesses } from "../bench/run-processes.js";
import { saveResult } from "../bench/save-result.js";
import { createProgress } from "../progress.js";
import { openBenchStream } from "../train/open-bench-stream.js";
import { wholeNumber } from "./eval/options.js";

const commonArguments = {
  peer: { type: "string", description: "torch: PyTorch in the same run" },
  python: { type: "string", description: "a Python that has torch; $VPT_PYTHON or python3 by default" },
  json: { type: "boolean", description: "print one JSON object" },
  out: { type: "string", description: "folder that keeps results, a file a day and machine, such as docs/benchmarks" },
} as const;

const shapeArguments = {
  shape: { type: "string", default: "smollm2-135m", description: Object.keys(shapes).join(" or ") },
  batch: { type: "string", default: "4", description: "rows a step" },
  tokens: { type: "string", default: "256", description: "tokens a row" },
  ...commonArguments,
} as const;

const roundsArgument = {
  rounds: { type: "string", default: "5", description: "rounds that count, after two that do not" },
} as const;

const valueArguments = {
  candidates: { type: "string", default: "64", description: "K, candidates a position" },
  blocks: { type: "string", default: "2", description: "blocks at the end over which the value is taken" },
} as const;

interface ShapeValues {
  readonly shape: string;
  readonly batch: string;
  readonly tokens: string;
  readonly peer?: string | undefined;
  readonly python?: string | undefined;
  readonly threads?: number;
}

/** The Python of the peer that was asked for. */
const pythonOf = ({ peer, python }: Pick<ShapeValues, "peer" | "python">): { readonly python?: string } => {
  if (peer !== undefined && peer !== "torch") throw new VptError(`--peer: expected torch, received "${peer}"`);
  return peer ? { python: python ?? process.env["VPT_PYTHON"] ?? "python3" } : {};
};

/** Checks what every benchmark is given and loads TensorFlow. */
const prepare = async ({ shape, batch, tokens, peer, python, threads }: ShapeValues) => {
  const progress = createProgress();
  if (!(shape in shapes))
    throw new VptError(`--shape: expected ${Object.keys(shapes).join(" or ")}, received "${shape}"`);
  const options = {
    shape: shape as ShapeName,
    batch: wholeNumber("--batch", batch),
    tokens: wholeNumber("--tokens", tokens),
    ...pythonOf({ peer, python }),
    onRound: progress.update,
  };
  await useBackend({ ...(threads !== undefined && { threads }), log: progress.say });
  return options;
};

const valueSettings = ({ candidates, blocks }: { readonly candidates: string; readonly blocks: string }) => ({
  candidates: wholeNumber("--candidates", candidates),
  blocks: wholeNumber("--blocks", blocks),
});

const print = (contests: Readonly<Record<string, Contest>>, ratios: Readonly<Record<string, number>>): void => {
  for (const [name, { timing, peakBytes }] of Object.entries(contests)) {
    const spread = `${timing.low.toFixed(2)}–${timing.high.toFixed(2)}`;
    const memory = peakBytes === undefined ? "" : `, peak ${gigabytes(peakBytes)}`;
    console.log(`${name.padEnd(14)} ${timing.median.toFixed(2)} s (quartiles ${spread})${memory}`);
  }
  for (const [name, ratio] of Object.entries(ratios)) console.log(`ratio ${name} ${ratio.toFixed(2)}`);
};

/** Prints a result, as JSON where that is asked for, and keeps it where a folder is named. */
const show = async (
  { json, out }: { readonly json?: boolean | undefined; readonly out?: string | undefined },
  rawArgs: readonly string[],
  result: object,
  text: () => void,
): Promise<void> => {
  if (json) console.log(JSON.stringify(result));
  else text();
  if (out === undefined) return;
  const path = await saveResult(out, commandOf(rawArgs), result);
  if (!json) console.log(`kept in ${path}`);
};

/** The command to type again: without where its result goes and which Python it asks. */
const commandOf = (rawArgs: readonly string[]): string =>
  `vpt bench ${process.argv[3]} ${rawArgs.join(" ")}`.replaceAll(/ --(out|python)[= ]\S+| --json/g, "").trim();

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`;

const stepCommand = defineCommand({
  meta: {
    name: "step",
    description:
      "One learner step, all parameters trained, ours and PyTorch's in turn; ratio = peer time / our time. Example: vpt bench step --peer torch --python /path/to/python --json",
  },
  args: {
    ...shapeArguments,
    ...roundsArgument,
    precision: { type: "string", description: "only f32, or only bf16; both by default" },
  },
  async run({ args, rawArgs }) {
    const { precision } = args;
    if (precision !== undefined && precision !== "f32" && precision !== "bf16")
      throw new VptError(`--precision: expected f32 or bf16, received "${precision}"`);
    const rounds = wholeNumber("--rounds", args.rounds);
    const result = await benchStep({ ...(await prepare(args)), rounds, ...(precision && { precision }) });
    await show(args, rawArgs, result, () => print(result.contests, result.ratios));
  },
});

const valueCommand = defineCommand({
  meta: {
    name: "value",
    description:
      "What the value update costs: V-Pretraining step / baseline step at r = 8 and r = 1, and PyTorch's double backprop / our update. Example: vpt bench value --peer torch --json",
  },
  args: { ...shapeArguments, ...roundsArgument, ...valueArguments },
  async run({ args, rawArgs }) {
    const rounds = wholeNumber("--rounds", args.rounds);
    const result = await benchValue({ ...(await prepare(args)), rounds, ...valueSettings(args) });
    await show(args, rawArgs, result, () => print(result.contests, result.ratios));
  },
});

const memoryCommand = defineCommand({
  meta: {
    name: "memory",
    description:
      "Peak resident memory of a V-Pretraining step; ratio = ours / PyTorch's. Example: vpt bench memory --peer torch --json",
  },
  args: {
    ...shapeArguments,
    ...valueArguments,
    recompute: { type: "boolean", description: "our blocks run again for the gradient" },
  },
  async run({ args, rawArgs }) {
    const settings = { ...valueSettings(args), recompute: args.recompute === true };
    const result = await benchMemory({ ...(await prepare(args)), ...settings });
    await show(args, rawArgs, result, () => {
      console.log(`ours           peak ${gigabytes(result.oursBytes)}`);
      if (result.peerBytes) console.log(`torch          peak ${gigabytes(result.peerBytes)}`);
      if (result.ratio) console.log(`ratio ${result.ratio.toFixed(2)}`);
    });
  },
});

const dinoCommand = defineCommand({
  meta: {
    name: "dino",
    description:
      "One whole DINO step, ours compiled and PyTorch's eager in turn; V-Pretraining at r = 4 / baseline. Example: vpt bench dino --peer torch --json",
  },
  args: {
    shape: { type: "string", default: "vit-s16", description: Object.keys(dinoShapes).join(" or ") },
    batch: { type: "string", default: "8", description: "images a step" },
    blocks: valueArguments.blocks,
    designer: { type: "string", default: "unet", description: "unet or sit" },
    "meta-batch": { type: "string", description: "images of the value's own batch; a quarter of --batch by default" },
    only: {
      type: "string",
      description: `${dinoParts.join(", ")}: one part, in a minute or two; memory's peak needs a process of its own`,
    },
    ...commonArguments,
    ...roundsArgument,
  },
  async run({ args, rawArgs }) {
    const { shape, batch, blocks, rounds, peer, python, only, designer, "meta-batch": metaBatch } = args;
    if (designer !== "unet" && designer !== "sit")
      throw new VptError(`--designer: expected unet or sit, received "${designer}"`);
    if (only !== undefined && !dinoParts.includes(only as DinoPart))
      throw new VptError(`--only: expected ${dinoParts.join(", ")}, received "${only}"`);
    if (!(shape in dinoShapes))
      throw new VptError(`--shape: expected ${Object.keys(dinoShapes).join(" or ")}, received "${shape}"`);
    const progress = createProgress();
    await useBackend({ log: progress.say });
    const result = await benchDino({
      shape: shape as DinoShapeName,
      batch: wholeNumber("--batch", batch),
      blocks: wholeNumber("--blocks", blocks),
      rounds: wholeNumber("--rounds", rounds),
      designer,
      ...(metaBatch !== undefined && { metaBatch: wholeNumber("--meta-batch", metaBatch) }),
      ...(only !== undefined && { only: only as DinoPart }),
      ...pythonOf({ peer, python }),
      onRound: progress.update,
    });
    await show(args, rawArgs, result, () => print(result.contests, result.ratios));
  },
});

const dataCommand = defineCommand({
  meta: {
    name: "data",
    description:
      "The language stream (read, shuffled, tokenised, packed) beside the learner that eats it; ratio = tokens a second of the stream / of the learner. Example: vpt bench data --data train.jsonl",
  },
  args: {
    data: { type: "string", description: "jsonl, parquet or a folder of shards; self-made problems by default" },
    model: { type: "string", default: "smollm2", description: "whose tokenizer is used" },
    shape: shapeArguments.shape,
    batch: shapeArguments.batch,
    tokens: shapeArguments.tokens,
    json: shapeArguments.json,
    ...roundsArgument,
  },
  async run({ args }) {
    const { onRound, shape, batch, tokens } = await prepare(args);
    const open = await openBenchStream({ data: args.data, model: args.model, tokens, say: onRound });
    const result = await benchData({ open, shape, batch, tokens, rounds: wholeNumber("--rounds", args.rounds), onRound }); // prettier-ignore
    if (args.json) return console.log(JSON.stringify(result));
    for (const [name, each] of Object.entries(result.tokensPerSecond))
      console.log(`${name.padEnd(14)} ${Math.round(each)} tokens/s`);
    console.log(`ratio ${result.ratio.toFixed(1)}`);
  },
});

const generateCommand = defineCommand({
  meta: {
    name: "generate",
    description:
      "Greedy continuations with a key/value cache, ours and transformers' generate in turn; ratio = peer time / our time. Example: vpt bench generate --peer torch --batch 1 --json",
  },
  args: {
    shape: shapeArguments.shape,
    batch: { type: "string", default: "1,8", description: "prompts side by side; several, with commas" },
    "prompt-tokens": { type: "string", default: "16", description: "tokens of a prompt" },
    "new-tokens": { type: "string", default: "128", description: "tokens after it" },
    rounds: { type: "string", default: "3", description: "rounds that count, after one that does not" },
    ...commonArguments,
  },
  async run({ args, rawArgs }) {
    const { batch, rounds } = args;
    const options = await prepare({ ...args, batch: "1", tokens: "1" });
    const result = await benchGenerate({
      ...options,
      batches: batch.split(",").map((each) => wholeNumber("--batch", each)),
      promptTokens: wholeNumber("--prompt-tokens", args["prompt-tokens"]),
      newTokens: wholeNumber("--new-tokens", args["new-tokens"]),
      rounds: wholeNumber("--rounds", rounds),
    });
    await show(args, rawArgs, result, () => {
      print(result.contests, result.ratios);
      for (const [name, speed] of Object.entries(result.tokensPerSecond))
        console.log(`${name}: ${speed.toFixed(1)} new tokens/s`);
    });
  },
});

const matmulCommand = defineCommand({
  meta: {
    name: "matmul",
    description:
      "One product of square matrices in float32 and bfloat16, ours and PyTorch's in turn. Example: vpt bench matmul --peer torch --json",
  },
  args: {
    size: { type: "string", default: "2048", description: "rows and columns" },
    ...commonArguments,
    ...roundsArgument,
  },
  async run({ args, rawArgs }) {
    const progress = createProgress();
    const python = pythonOf(args);
    const sizes = { size: wholeNumber("--size", args.size), rounds: wholeNumber("--rounds", args.rounds) };
    await useBackend({ log: progress.say });
    const result = await benchMatmul({ ...sizes, ...python, onRound: progress.update });
    await show(args, rawArgs, result, () => {
      print(result.contests, result.ratios);
      for (const [name, speed] of Object.entries(result.gigaflops)) console.log(`${name}: ${speed.toFixed(0)} GFLOP/s`);
    });
  },
});

const workerArgument = {
  worker: { type: "boolean", description: "one of the processes: what the command starts, not for typing" },
} as const;

const allReduceCommand = defineCommand({
  meta: {
    name: "allreduce",
    description:
      "The mean of float32 tensors over local processes, and gloo's between two of PyTorch. Example: vpt bench allreduce -n 2 --megabytes 64 --peer torch",
  },
  args: {
    n: { type: "string", default: "2", description: "processes" },
    megabytes: { type: "string", default: "64", description: "what is averaged, in 10^6 bytes" },
    ...commonArguments,
    ...roundsArgument,
    ...workerArgument,
  },
  async run({ args, rawArgs }) {
    const progress = createProgress();
    const megabytes = wholeNumber("--megabytes", args.megabytes);
    const rounds = wholeNumber("--rounds", args.rounds);
    const python = pythonOf(args);
    if (args.worker) {
      await useBackend({ device: "cpu", threads: 1, log: progress.say });
      const result = await benchAllReduce({ megabytes, rounds, ...python, onRound: progress.update });
      return console.log(JSON.stringify(result));
    }
    const own = ["bench", "allreduce", ...withoutFlags(rawArgs)];
    const result = await runProcesses<BenchAllReduce>(wholeNumber("-n", args.n), own, progress.update);
    await show(args, rawArgs, result, () => {
      print(result.contests, result.ratios);
      console.log(`${result.megabytesPerSecond.toFixed(0)} MB/s`);
    });
  },
});

const parallelCommand = defineCommand({
  meta: {
    name: "parallel",
    description:
      "Learner steps of several processes of one thread that average their gradients; ratio = their tokens a second / those of one process of one thread, also for processes that do not speak. Example: vpt bench parallel -n 2 --json",
  },
  args: {
    n: { type: "string", default: "2", description: "processes" },
    shape: shapeArguments.shape,
    batch: { ...shapeArguments.batch, description: "rows a step of each process" },
    tokens: shapeArguments.tokens,
    rounds: { type: "string", default: "2", description: "steps that count, after one that does not" },
    json: commonArguments.json,
    out: commonArguments.out,
    apart: { type: "boolean", description: "of --worker: without the others" },
    ...workerArgument,
  },
  async run({ args, rawArgs }) {
    const progress = createProgress();
    if (args.worker) {
      const { shape, batch, tokens } = await prepare({ ...args, threads: 1 });
      const rounds = wholeNumber("--rounds", args.rounds);
      const apart = args.apart === true;
      const result = await benchParallel({ shape, batch, tokens, rounds, apart, onRound: progress.update });
      return console.log(JSON.stringify(result));
    }
    const own = ["bench", "parallel", ...withoutFlags(rawArgs)];
    const alone = await runProcesses<BenchParallel>(1, own, progress.update);
    const count = wholeNumber("-n", args.n);
    const together = await runProcesses<BenchParallel>(count, own, progress.update);
    const apart = await runProcesses<BenchParallel>(count, [...own, "--apart"], progress.update);
    const ratios = {
      throughput: together.tokensPerSecond / alone.tokensPerSecond,
      apart: apart.tokensPerSecond / alone.tokensPerSecond,
    };
    const result = { alone, together, apart, ratios };
    await show(args, rawArgs, result, () => {
      for (const [name, { timing, tokensPerSecond, peakBytes }] of Object.entries({ alone, together, apart }))
        console.log(
          `${name.padEnd(14)} ${timing.median.toFixed(2)} s a step, ${tokensPerSecond.toFixed(0)} tokens/s, peak of a process ${gigabytes(peakBytes)}`,
        );
      for (const [name, ratio] of Object.entries(ratios)) console.log(`ratio ${name} ${ratio.toFixed(2)}`);
    });
  },
});

/** Arguments for the processes: they print JSON anyway, and keep nothing. */
const withoutFlags = (rawArgs: readonly string[]): readonly string[] =>
  rawArgs.filter((arg, i) => arg !== "--json" && !/^--out(=|$)/.test(arg) && rawArgs[i - 1] !== "--out");

export const benchCommand = defineCommand({
  meta: { name: "bench", description: "Timings and memory, most beside PyTorch. Example: vpt bench step --peer torch" },
  subCommands: {
    step: stepCommand,
    value: valueCommand,
    memory: memoryCommand,
    dino: dinoCommand,
    data: dataCommand,
    generate: generateCommand,
    matmul: matmulCommand,
    allreduce: allReduceCommand,
    parallel: parallelCommand,
  },
});
