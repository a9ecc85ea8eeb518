import { mkdirSync } from "node:fs";
import { cpus } from "node:os";
import { useBackend } from "@vpt/backend";
import { VptError } from "@vpt/core";
import { computeHiddenStates } from "@vpt/lang";
import { backendName, compile } from "@vpt/train";
import { loadExperiment } from "@vpt/train/language";
import type { StudyOptions, StudyResult } from "../study.js";
import { machineLine } from "../machine-line.js";
import { requireData, smallEntries, smallRun, smallSteps } from "./small-settings.js";
import { runSmallMethod, scoreSmall, svampRows, type SmallRow } from "./small-method.js";
import { smallFigure, smallPage, summarizeSmall, type SmallProvenance } from "./small-summary.js";

/**
 * SmolLM2-135M on a stream of MATH, feedback from GSM8K: what is asked of the methods, fixed before the seeds were run.
 */
export function planSmall({ seeds = 6, firstSeed = 0, steps = smallSteps }: Partial<StudyOptions>): string {
  const { data, value, designer, tilt, learner } = smallRun(firstSeed, steps, smallEntries[0]!);
  return [
    `Primary: GSM8K answer NLL per token after ${steps} steps (the last), method − baseline, paired ` +
      `by seed; ${seeds} seeds from ${firstSeed}; 95 % by Student's t.`,
    "Claims: value − baseline < 0, tilt − baseline < 0, value and tilt − self-distillation < 0; " +
      "later: tilt, high gate − tilt < 0; later still: tilt, 1e-3 − (tilt, high gate) < 0 and − " +
      "(baseline, 1e-3) < 0; each with the interval.",
    `Secondary: held-out MATH and SVAMP NLL; share of the gap between baseline and sft that is closed.`,
    `Methods: ${smallEntries.map(({ name, set }) => (set ? `${name} ${JSON.stringify(set)}` : name)).join("; ")}.`,
    `Settings: ${JSON.stringify({ data, learner, value, designer, tilt })}`,
  ].join("\n");
}

/** Runs the methods of all seeds one after another; what `folder` has already is not run again. */
export async function runSmall({
  seeds: count = 6,
  firstSeed = 0,
  steps = smallSteps,
  methods,
  folder = "runs/ablation-small",
  progress,
}: StudyOptions): Promise<StudyResult> {
  requireData();
  const began = performance.now();
  const machine = machineLine();
  const unknown = methods?.find((name) => smallEntries.every((entry) => entry.name !== name));
  if (unknown !== undefined) {
    throw new VptError(
      `--methods ${unknown}: expected some of ${smallEntries.map(({ name }) => `"${name}"`).join(", ")}`,
    );
  }
  const entries = smallEntries.filter(({ name }) => methods?.includes(name) ?? true);
  const seeds = Array.from({ length: count }, (_, i) => firstSeed + i);
  const backend = await useBackend({ device: "auto", log: progress.log });
  const name = backendName(backend);
  const run = smallRun(firstSeed, steps, entries[0]!);
  const prepared = await loadExperiment(run, name, progress);
  const { config, params } = prepared.model;
  const svamp = await computeHiddenStates(config, params, svampRows(prepared, 128), {
    to: prepared.firstTrainableBlock,
    compile,
  });
  mkdirSync(folder, { recursive: true });
  const options = { prepared, svamp, folder, steps, progress };
  const before = await scoreSmall(params, run, "before", options);
  const rows: SmallRow[] = [];
  // Method by method, each over all seeds: what a stopped study has, it has as whole comparisons.
  for (const entry of entries) for (const seed of seeds) rows.push(await runSmallMethod(seed, entry, options));
  return concludeSmall({
    study: "ablation",
    scale: "small",
    machine: `${machine}, ${cpus().length} threads`,
    backend: name,
    minutes: (performance.now() - began) / 60_000,
    plan: planSmall({ seeds: count, firstSeed, steps }).split("\n"),
    before: { nll: before.nll, accuracy: before.accuracy, math: before.math, svamp: before.svamp },
    rows,
  });
}

/** The result of rows that were run now or before. */
export async function concludeSmall(json: Readonly<Record<string, unknown>>): Promise<StudyResult> {
  const { rows, ...measured } = json as unknown as SmallProvenance & { readonly rows: readonly SmallRow[] };
  const summary = { ...measured, ...summarizeSmall(rows) };
  return {
    json: { ...summary, rows },
    text: smallPage(summary),
    failures: summary.failures,
    figure: await smallFigure(summary),
  };
}
