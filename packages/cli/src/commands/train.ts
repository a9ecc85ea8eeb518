import { dirname, resolve } from "node:path";
import { clusterOf } from "@vpt/backend";
import { VptError } from "@vpt/core";
import { describeRun, writeReport } from "@vpt/report";
import {
  applyOverrides,
  createProgress,
  describeKeys,
  loadConfigFile,
  parseConfig,
  runExperiment,
  RunStopped,
  stopSignal,
} from "@vpt/train";
import { defineCommand } from "citty";
import { workloadOf } from "../workload-of.js";

export const trainCommand = defineCommand({
  meta: {
    name: "train",
    description:
      "Continues a model's pretraining, all methods of a configuration, and writes a report. Example: " +
      "vpt train examples/tiny.config.ts --set steps=100 --out runs/a. " +
      "`vpt train --keys language|vision` lists every key of a configuration.",
  },
  args: {
    config: { type: "positional", description: "a run.config.ts", required: false },
    preset: {
      type: "string",
      description:
        "settings by name under those of the configuration, as its key preset: paper-v1, paper-v2, anchored, …",
    },
    out: { type: "string", description: "folder of the run", default: "runs/latest" },
    set: { type: "string", description: "override a key, dotted: --set value.updateEvery=4 (may be repeated)" },
    resume: { type: "boolean", description: "continue from the newest checkpoint in --out" },
    overwrite: { type: "boolean", description: "replace the run that --out holds, which is lost" },
    plan: {
      type: "boolean",
      description: "print models, data, tokens or images, operations, memory and hours, and stop",
    },
    keys: {
      type: "string",
      description: "print every key of a configuration with its default and stop: --keys language or --keys vision",
    },
    json: { type: "boolean", description: "print the summary as one JSON object" },
  },
  async run({ args, rawArgs }) {
    if (args.keys !== undefined) {
      const kind = args.keys === "" ? undefined : args.keys;
      return console.log(describeKeys((await workloadOf(kind === undefined ? {} : { kind })).schema));
    }
    const { where, directory, file } = await givenConfig(args, overridesIn(rawArgs));
    const workload = await workloadOf(file);
    const config = parseConfig(workload.schema, file, where, directory);
    if (args.plan) {
      const { plan, text } = workload.plan!(config, where);
      return console.log(args.json ? JSON.stringify(plan) : text);
    }
    const progress = createProgress();
    const { out, resume = false, overwrite = false } = args;
    const signal = stopSignal(progress.log);
    try {
      const summary = await runExperiment(workload, config, { out, resume, overwrite, progress, signal });
      if ((clusterOf(process.env["TF_CONFIG"])?.rank ?? 0) > 0) return;
      const report = await writeReport([out], out);
      console.log(
        args.json ? JSON.stringify({ ...summary, report }, null, 2) : `${describeRun(summary)}\nreport: ${report}`,
      );
    } catch (error) {
      if (!(error instanceof RunStopped)) throw error;
      progress.log(error.message);
      process.exitCode = 130;
    }
  },
});

/** The configuration file with `--preset` and `--set`; a preset that names its data goes without a file. */
async function givenConfig(
  { config, preset }: { readonly config?: string | undefined; readonly preset?: string | undefined },
  overrides: readonly string[],
): Promise<{ readonly where: string; readonly directory: string; readonly file: Record<string, unknown> }> {
  if (config === undefined && preset === undefined)
    throw new VptError("vpt train: expected a configuration file, such as vpt train examples/tiny.config.ts");
  const file = config === undefined ? {} : await loadConfigFile(config);
  return {
    where: config ?? `--preset ${preset}`,
    directory: config === undefined ? process.cwd() : dirname(resolve(config)),
    file: applyOverrides({ ...file, ...(preset !== undefined && { preset }) }, overrides),
  };
}

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
