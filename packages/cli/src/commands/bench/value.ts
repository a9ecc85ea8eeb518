import { benchValue } from "@vpt/bench";
import { defineCommand } from "citty";
import { wholeNumber } from "../eval/options.js";
import { prepare, roundsArgument, shapeArguments, valueArguments, valueSettings } from "./arguments.js";
import { print, show } from "./show.js";

export const valueCommand = defineCommand({
  meta: {
    name: "value",
    description:
      "What the value update costs: V-Pretraining step / baseline step at r = 8 and r = 1, and PyTorch's double backprop / our update. Example: vpt bench value --reference torch --json",
  },
  args: { ...shapeArguments, ...roundsArgument, ...valueArguments },
  async run({ args, rawArgs }) {
    const rounds = wholeNumber("--rounds", args.rounds);
    const result = await benchValue({ ...(await prepare(args)), rounds, ...valueSettings(args) });
    await show(args, rawArgs, result, () => print(result.comparison, result.ratios, result.fastestRatios));
  },
});
