import { benchGenerate } from "@vpt/bench";
import { defineCommand } from "citty";
import { wholeNumber } from "../eval/options.js";
import { commonArguments, prepare, shapeArguments } from "./arguments.js";
import { print, show } from "./show.js";

export const generateCommand = defineCommand({
  meta: {
    name: "generate",
    description:
      "Greedy continuations with a key/value cache, ours and transformers' generate in turn; ratio = reference time / our time. Example: vpt bench generate --reference torch --batch 1 --json",
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
      print(result.comparison, result.ratios);
      for (const [name, speed] of Object.entries(result.tokensPerSecond))
        console.log(`${name}: ${speed.toFixed(1)} new tokens/s`);
    });
  },
});
