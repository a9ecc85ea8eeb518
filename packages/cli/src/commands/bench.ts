import { useBackend } from "@vpt/backend";
import { benchData, benchDino, benchMemory, benchStep, benchValue, dinoParts, dinoShapes, shapes, type Contest, type DinoPart, type DinoShapeName, type ShapeName } from "@vpt/bench"; // prettier-ignore
import { VptError } from "@vpt/core";
import { defineCommand } from "citty";
import { createProgress } from "../progress.js";
import { openBenchStream } from "../train/open-bench-stream.js";
import { wholeNumber } from "./eval/options.js";

const shapeArguments = {
  shape: { type: "string", default: "smollm2-135m", description: Object.keys(shapes).join(" or ") },
  batch: { type: "string", default: "4", description: "rows a step" },
  tokens: { type: "string", default: "256", description: "tokens a row" },
  peer: { type: "string", description: "torch: PyTorch in the same run" },
  python: { type: "string", description: "a Python that has torch; $VPT_PYTHON or python3 by default" },
  json: { type: "boolean", description: "print one JSON object" },
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
}

/** The Python of the peer that was asked for. */
const pythonOf = ({ peer, python }: Pick<ShapeValues, "peer" | "python">): { readonly python?: string } => {
  if (peer !== undefined && peer !== "torch") throw new VptError(`--peer: expected torch, received "${peer}"`);
  return peer ? { python: python ?? process.env["VPT_PYTHON"] ?? "python3" } : {};
};

/** Checks what every benchmark is given and loads TensorFlow. */
const prepare = async ({ shape, batch, tokens, peer, python }: ShapeValues) => {
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
  await useBackend({ log: progress.say });
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

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`;

const stepCommand = defineCommand({
  meta: {
    name: "step",
    description:
      "One learner step, all parameters trained, ours and PyTorch's in turn; ratio = peer time / our time. Example: vpt bench step --peer torch --python /path/to/python --json",
  },
  args: { ...shapeArguments, ...roundsArgument },
  async run({ args }) {
    const result = await benchStep({ ...(await prepare(args)), rounds: wholeNumber("--rounds", args.rounds) });
    if (args.json) console.log(JSON.stringify(result));
    else print(result.contests, result.ratios);
  },
});

const valueCommand = defineCommand({
  meta: {
    name: "value",
    description:
      "What the value update costs: V-Pretraining step / baseline step at r = 8 and r = 1, and PyTorch's double backprop / our update. Example: vpt bench value --peer torch --json",
  },
  args: { ...shapeArguments, ...roundsArgument, ...valueArguments },
  async run({ args }) {
    const rounds = wholeNumber("--rounds", args.rounds);
    const result = await benchValue({ ...(await prepare(args)), rounds, ...valueSettings(args) });
    if (args.json) console.log(JSON.stringify(result));
    else print(result.contests, result.ratios);
  },
});

const memoryCommand = defineCommand({
  meta: {
    name: "memory",
    description:
      "Peak resident memory of a V-Pretraining step; ratio = ours / PyTorch's. Example: vpt bench memory --peer torch --json",
  },
  args: { ...shapeArguments, ...valueArguments },
  async run({ args }) {
    const result = await benchMemory({ ...(await prepare(args)), ...valueSettings(args) });
    if (args.json) return console.log(JSON.stringify(result));
    console.log(`ours           peak ${gigabytes(result.oursBytes)}`);
    if (result.peerBytes) console.log(`torch          peak ${gigabytes(result.peerBytes)}`);
    if (result.ratio) console.log(`ratio ${result.ratio.toFixed(2)}`);
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
    peer: shapeArguments.peer,
    python: shapeArguments.python,
    json: shapeArguments.json,
    ...roundsArgument,
  },
  async run({ args }) {
    const { shape, batch, blocks, rounds, peer, python, json, only, designer, "meta-batch": metaBatch } = args;
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
    if (json) console.log(JSON.stringify(result));
    else print(result.contests, result.ratios);
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

export const benchCommand = defineCommand({
  meta: { name: "bench", description: "Timings and memory, most beside PyTorch. Example: vpt bench step --peer torch" },
  subCommands: { step: stepCommand, value: valueCommand, memory: memoryCommand, dino: dinoCommand, data: dataCommand },
});
