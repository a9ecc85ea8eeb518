import { type BenchParallel, benchParallel, runProcesses, timing } from "@vpt/bench";
import { defineCommand } from "citty";
import { createProgress } from "@vpt/train";
import { wholeNumber } from "../eval/options.js";
import { commonArguments, prepare, shapeArguments } from "./arguments.js";
import { gigabytes, show } from "./show.js";
import { withoutFlags, workerArgument } from "./worker.js";

export const parallelCommand = defineCommand({
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
    turns: { type: "string", default: "2", description: "how often each part is run, in turn, processes and all" },
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
      const result = await benchParallel({ shape, batch, tokens, rounds, apart, onRound: progress.setStatus });
      return console.log(JSON.stringify(result));
    }
    const own = ["bench", "parallel", ...withoutFlags(rawArgs)];
    const count = wholeNumber("-n", args.n);
    const parts = { alone: [] as BenchParallel[], together: [] as BenchParallel[], apart: [] as BenchParallel[] };
    const turns = wholeNumber("--turns", args.turns);
    for (let turn = 0; turn < turns; turn++) {
      parts.alone.push(await runProcesses(1, own, progress.setStatus));
      parts.together.push(await runProcesses(count, own, progress.setStatus));
      parts.apart.push(await runProcesses(count, [...own, "--apart"], progress.setStatus));
    }
    const [alone, together, apart] = [parts.alone, parts.together, parts.apart].map(pooled) as [
      BenchParallel,
      BenchParallel,
      BenchParallel,
    ];
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

/** All turns of a part as one: every run counts, and the middle turn's rate. */
const pooled = (turns: readonly BenchParallel[]): BenchParallel => ({
  ...turns[0]!,
  timing: timing(turns.flatMap((turn) => turn.timing.runs)),
  tokensPerSecond: timing(turns.map(({ tokensPerSecond }) => tokensPerSecond)).median,
  peakBytes: Math.max(...turns.map(({ peakBytes }) => peakBytes)),
});
