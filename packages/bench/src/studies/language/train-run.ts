import { readFileSync } from "node:fs";
import { join } from "node:path";
import { VptError } from "@vpt/core";
import { loadConfigFile, parseRunConfig, type Progress, runExperiment } from "@vpt/train";
import type { TrainOutcome } from "./language-rows.js";
import type { TrainCommand } from "./study-command.js";

/** Trains the methods of one run, or continues it, and returns their held-out scores. */
export async function trainRun(command: TrainCommand, progress: Progress): Promise<TrainOutcome> {
  const { config, set, out, matchTo } = command;
  const matched = matchTo === undefined ? [] : [`steps=${matchedSteps(matchTo)}`];
  const run = parseRunConfig(await loadConfigFile(config, [...set, ...matched]), config);
  const signal = new AbortController().signal;
  const summary = await runExperiment({ run, out, resume: true, progress, signal });
  if (typeof summary === "string") throw new VptError(`${out}: the run was ${summary}`);
  return {
    steps: summary.steps,
    before: summary.before.test.nllPerToken,
    methods: summary.methods.map(({ method, seconds, test }) => ({ method, seconds, nll: test.nllPerToken })),
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
