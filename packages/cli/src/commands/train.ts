import { clusterOf } from "@vpt/backend";
import { VptError } from "@vpt/core";
import { defineCommand } from "citty";
import {
  createProgress,
  describePlan,
  loadConfigFile,
  parseConfig,
  parseRunConfig,
  planRun,
  runExperiment,
  stopSignal,
} from "@vpt/train";
import { describeRun, writeReport } from "@vpt/report";

export const trainCommand = defineCommand({
  meta: {
    name: "train",
    description:
      "Continues a model's pretraining, all methods of a configuration, and writes a report. Example: vpt train examples/tiny.config.ts --set steps=100 --out runs/a",
  },
  args: {
    config: { type: "positional", description: "a run.config.ts", required: true },
    out: { type: "string", description: "folder of the run", default: "runs/latest" },
    set: { type: "string", description: "override a key, dotted: --set value.updateEvery=4 (may be repeated)" },
    resume: { type: "boolean", description: "go on from the newest checkpoint in --out" },
    overwrite: { type: "boolean", description: "start anew where --out holds a run already, which is lost" },
    plan: {
      type: "boolean",
      description: "print models, data, tokens or images, operations, memory and hours, and stop",
    },
    json: { type: "boolean", description: "print the summary as one JSON object" },
  },
  async run({ args, rawArgs }) {
    const progress = createProgress();
    const { out, resume = false, overwrite = false } = args;
    const options = () => ({ out, resume, overwrite, progress, signal: stopSignal(progress.log) });
    const file = await loadConfigFile(args.config, overridesIn(rawArgs));
    if (file["kind"] === "vision") {
      if (args.plan) {
        const { describeVisionPlan, planVisionRun } = await import("@vpt/train");
        const { visionConfigSchema } = await import("@vpt/train/vision");
        const plan = planVisionRun(parseConfig(visionConfigSchema, file, args.config));
        return console.log(args.json ? JSON.stringify(plan) : describeVisionPlan(plan, args.config));
      }
      if (clusterOf(process.env["TF_CONFIG"]))
        throw new VptError("a vision run trains in one process; unset TF_CONFIG, or leave out vpt launch");
      const { trainVision } = await import("../vision/train-vision.js");
      const text = await trainVision(file, args.config, options(), args.json ?? false);
      if (text === undefined) process.exitCode = 130;
      else console.log(text);
      return;
    }
    const run = parseRunConfig(file, args.config);
    if (args.plan) {
      const plan = planRun(run);
      return console.log(args.json ? JSON.stringify(plan) : describePlan(plan, args.config));
    }
    const summary = await runExperiment({ run, ...options() });
    if (summary === "elsewhere") return;
    if (summary === "stopped") {
      process.exitCode = 130;
      return;
    }
    const report = await writeReport([args.out], args.out);
    console.log(
      args.json ? JSON.stringify({ ...summary, report }, null, 2) : `${describeRun(summary)}\nreport: ${report}`,
    );
  },
});

/** Every `--set` in order; the argument parser keeps only the last. */
function overridesIn(rawArgs: readonly string[]): string[] {
  return rawArgs.flatMap((arg, i) => {
    if (arg.startsWith("--set=")) return [arg.slice("--set=".length)];
    if (arg !== "--set") return [];
    const value = rawArgs[i + 1];
    if (value === undefined) throw new VptError("--set: expected key=value after it, such as --set steps=100");
    return [value];
  });
}
