import { useBackend } from "@vpt/backend";
import { type BenchAllReduce, benchAllReduce, runProcesses } from "@vpt/bench";
import { defineCommand } from "citty";
import { createProgress } from "@vpt/train";
import { wholeNumber } from "../eval/options.js";
import { commonArguments, pythonOf, roundsArgument } from "./arguments.js";
import { print, show } from "./show.js";
import { withoutFlags, workerArgument } from "./worker.js";

export const allReduceCommand = defineCommand({
  meta: {
    name: "allreduce",
    description:
      "The mean of float32 tensors over local processes, and gloo's between two of PyTorch. Example: vpt bench allreduce -n 2 --megabytes 64 --reference torch",
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
      await useBackend({ device: "cpu", threads: 1, log: progress.log });
      const result = await benchAllReduce({ megabytes, rounds, ...python, onRound: progress.setStatus });
      return console.log(JSON.stringify(result));
    }
    const own = ["bench", "allreduce", ...withoutFlags(rawArgs)];
    const result = await runProcesses<BenchAllReduce>(wholeNumber("-n", args.n), own, progress.setStatus);
    await show(args, rawArgs, result, () => {
      print(result.comparison, result.ratios);
      console.log(`${result.megabytesPerSecond.toFixed(0)} MB/s`);
    });
  },
});
