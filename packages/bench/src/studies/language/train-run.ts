import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadConfigFile, type Progress, runExperiment } from "@vpt/train";
import { languageWorkload, parseRunConfig } from "@vpt/train/language";
import type { TrainOutcome } from "./language-rows.js";
import type { TrainCommand } from "./study-command.js";

/** Trains the methods of one run, or continues it, and returns their held-out scores. */
export async function trainRun(command: TrainCommand, progress: Progress): Promise<TrainOutcome> {
  const { config, set, out, matchTo } = command;
  const matched = matchTo === undefined ? [] : [`steps=${matchedSteps(matchTo)}`];
  const run = parseRunConfig(await loadConfigFile(config, [...set, ...matched]), config);
  const { steps, before, methods } = await runExperiment(languageWorkload, run, { out, resume: true, progress });
  return {
    steps,
    before: before.metrics["nll"]!,
    methods: methods.map(({ method, seconds, scores }) => ({ method, seconds, nll: scores.metrics["nll"]! })),
  };
}

/** Steps that the baseline of a run takes in the time that its value took. */
export function matchedSteps(folder: string): number {
  const { steps, methods } = JSON.parse(readFileSync(join(folder, "summary.json"), "utf8")) as {
    readonly steps: number;
    readonly methods: readonly { readonly method: string; readonly seconds: number }[];
  };
  const seconds = (name: string): number => methods.find(({ method }) => method === name)!.seconds;
  return Math.max(1, Math.round((steps * seconds("value")) / seconds("baseline")));
}
