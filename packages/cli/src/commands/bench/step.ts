import { benchStep } from "@vpt/bench";
import { VptError } from "@vpt/core";
import { defineCommand } from "citty";
import { wholeNumber } from "../eval/options.js";
import { prepare, roundsArgument, shapeArguments } from "./arguments.js";
import { print, show } from "./show.js";

export const stepCommand = defineCommand({
  meta: {
    name: "step",
    description:
      "One learner step, all parameters trained, ours and PyTorch's in turn; ratio = reference time / our time. Example: vpt bench step --reference torch --python /path/to/python --json",
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
    await show(args, rawArgs, result, () => print(result.comparison, result.ratios));
  },
});
