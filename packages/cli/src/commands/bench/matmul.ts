import { useBackend } from "@vpt/backend";
import { benchMatmul } from "@vpt/bench";
import { defineCommand } from "citty";
import { createProgress } from "@vpt/train";
import { wholeNumber } from "../eval/options.js";
import { commonArguments, pythonOf, roundsArgument } from "./arguments.js";
import { print, show } from "./show.js";

export const matmulCommand = defineCommand({
  meta: {
    name: "matmul",
    description:
      "One product of square matrices in float32 and bfloat16, ours and PyTorch's in turn. Example: vpt bench matmul --reference torch --json",
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
    await useBackend({ log: progress.log });
    const result = await benchMatmul({ ...sizes, ...python, onRound: progress.setStatus });
    await show(args, rawArgs, result, () => {
      print(result.comparison, result.ratios);
      for (const [name, speed] of Object.entries(result.gigaflops)) console.log(`${name}: ${speed.toFixed(0)} GFLOP/s`);
    });
  },
});
