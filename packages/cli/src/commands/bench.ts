import { useBackend } from "@vpt/backend";
import { benchStep, shapes, type ShapeName } from "@vpt/bench";
import { VptError } from "@vpt/core";
import { defineCommand } from "citty";
import { createProgress } from "../progress.js";
import { wholeNumber } from "./eval/options.js";

const stepCommand = defineCommand({
  meta: {
    name: "step",
    description:
      "One learner step, all parameters trained, ours and PyTorch's in turn; ratio = peer time / our time. Example: vpt bench step --peer torch --python /path/to/python --json",
  },
  args: {
    shape: { type: "string", default: "smollm2-135m", description: Object.keys(shapes).join(" or ") },
    batch: { type: "string", default: "4", description: "rows a step" },
    tokens: { type: "string", default: "256", description: "tokens a row" },
    rounds: { type: "string", default: "5", description: "rounds that count, after two that do not" },
    peer: { type: "string", description: "torch: PyTorch's eager, torch.compile and autocast bf16 in the same run" },
    python: { type: "string", description: "a Python that has torch; $VPT_PYTHON or python3 by default" },
    json: { type: "boolean", description: "print one JSON object" },
  },
  async run({ args }) {
    const progress = createProgress();
    if (!(args.shape in shapes))
      throw new VptError(`--shape: expected ${Object.keys(shapes).join(" or ")}, received "${args.shape}"`);
    if (args.peer !== undefined && args.peer !== "torch")
      throw new VptError(`--peer: expected torch, received "${args.peer}"`);
    await useBackend({ log: progress.say });
    const result = await benchStep({
      shape: args.shape as ShapeName,
      batch: wholeNumber("--batch", args.batch),
      tokens: wholeNumber("--tokens", args.tokens),
      rounds: wholeNumber("--rounds", args.rounds),
      ...(args.peer && { python: args.python ?? process.env["VPT_PYTHON"] ?? "python3" }),
      onRound: progress.update,
    });
    if (args.json) return console.log(JSON.stringify(result));
    for (const [name, { timing, peakBytes }] of Object.entries(result.contests)) {
      const spread = `${timing.low.toFixed(2)}–${timing.high.toFixed(2)}`;
      const memory = peakBytes === undefined ? "" : `, peak ${(peakBytes / 1e9).toFixed(1)} GB`;
      console.log(`${name.padEnd(14)} ${timing.median.toFixed(2)} s (quartiles ${spread})${memory}`);
    }
    for (const [name, ratio] of Object.entries(result.ratios)) console.log(`ratio ${name} ${ratio.toFixed(2)}`);
  },
});

export const benchCommand = defineCommand({
  meta: { name: "bench", description: "Timings beside PyTorch. Example: vpt bench step --peer torch" },
  subCommands: { step: stepCommand },
});
