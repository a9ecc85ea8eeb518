import { benchData, openBenchStream } from "@vpt/bench";
import { defineCommand } from "citty";
import { wholeNumber } from "../eval/options.js";
import { prepare, roundsArgument, shapeArguments } from "./arguments.js";

export const dataCommand = defineCommand({
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
    const result = await benchData({
      open,
      shape,
      batch,
      tokens,
      rounds: wholeNumber("--rounds", args.rounds),
      onRound,
    });
    if (args.json) return console.log(JSON.stringify(result));
    for (const [name, each] of Object.entries(result.tokensPerSecond))
      console.log(`${name.padEnd(14)} ${Math.round(each)} tokens/s`);
    console.log(`ratio ${result.ratio.toFixed(1)}`);
  },
});
