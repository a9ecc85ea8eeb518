import { existsSync, readFileSync, rmSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { VptError } from "@vpt/core";
import { writeDurably } from "@vpt/core/run";
import { secondsOfSteps, stepsInSeconds, type StepCosts } from "./step-costs.js";

/** `match.json` of a method's folder: how many steps it takes in the baseline's time, and what was measured. */
export interface MatchRecord {
  /** Steps of the method. */
  readonly steps: number;
  /** Seconds of training that they are to take. */
  readonly seconds: number;
  /** Steps of the baseline that take as long; undefined where the configuration gives `matchSeconds`. */
  readonly baselineSteps?: number;
  readonly costs: StepCosts;
  /** The baseline's, measured beside the method's. */
  readonly baselineCosts?: StepCosts;
}

/** Costs of a method's steps, and of the baseline's, measured in turn: the speed of a machine drifts. */
export type MeasuredCosts = Pick<MatchRecord, "costs" | "baselineCosts">;

/** What {@link matchedSteps} reads and calls. */
export interface MatchOptions {
  readonly method: string;
  /** The method's folder. */
  readonly folder: string;
  readonly config: { readonly steps: number; readonly matchSeconds?: number | undefined };
  /** Take the number that the run decided on before. */
  readonly resume: boolean;
  /** True in the process that writes; the others read what it wrote. */
  readonly isPrimary: boolean;
  /** Waits for all processes of the run. */
  readonly untilAllAreHere: () => Promise<void>;
  /** Measures the method, beside the baseline where that is asked for. */
  readonly measure: (withBaseline: boolean) => Promise<MeasuredCosts>;
}

/** Name of the record in a method's folder. */
export const matchFile = "match.json";

/** Reads a method's record; undefined without one. */
export function readMatch(folder: string): MatchRecord | undefined {
  const path = join(folder, matchFile);
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as MatchRecord) : undefined;
}

/**
 * Returns the steps that a method takes in the seconds that the baseline takes for `config.steps`, or in
 * `config.matchSeconds`. Measures it once and writes `match.json`, which a resumed run and the other processes read:
 * the number, and with it the learning-rate schedule, never depends on when the run was stopped.
 *
 * @throws {VptError} When the seconds are too few for one step.
 */
export async function matchedSteps(options: MatchOptions): Promise<number> {
  const { method, folder, config, isPrimary, untilAllAreHere, measure } = options;
  if (isPrimary && !options.resume) rmSync(join(folder, matchFile), { force: true });
  await untilAllAreHere();
  const saved = readMatch(folder);
  await untilAllAreHere(); // before the first process writes
  if (saved) return decide(saved, config, method).steps;
  const measured = await measure(config.matchSeconds === undefined);
  if (isPrimary) {
    const record = decide(measured, config, method);
    await mkdir(folder, { recursive: true });
    await writeDurably(join(folder, matchFile), JSON.stringify(record, null, 2));
  }
  await untilAllAreHere();
  return readMatch(folder)!.steps;
}

/** The record from what was measured; a run that resumes with more steps gets more of the method's. */
function decide(
  { costs, baselineCosts }: MeasuredCosts,
  { steps: baselineSteps, matchSeconds }: MatchOptions["config"],
  method: string,
): MatchRecord {
  const seconds = matchSeconds ?? secondsOfSteps(baselineCosts!, baselineSteps);
  const steps = stepsInSeconds(costs, seconds);
  if (steps < 1)
    throw new VptError(
      `method "${method}", match "seconds": expected time for at least one step, ` +
        `received ${seconds.toPrecision(3)} s, and a step takes ${costs.step.toPrecision(3)} s; ` +
        `raise ${matchSeconds === undefined ? '"steps"' : '"matchSeconds"'}`,
    );
  const baseline = matchSeconds === undefined ? { baselineSteps } : {};
  return { steps, seconds, ...baseline, costs, ...(baselineCosts && { baselineCosts }) };
}
