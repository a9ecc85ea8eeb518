import { mkdirSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { useBackend } from "@vpt/backend";
import {
  cloneParams,
  createTrainState,
  disposeUnreferenced,
  pick,
  createStepProbe,
  trainStep,
  type StepProbeResult,
} from "@vpt/core";
import { appendLog, readLog } from "@vpt/core/run";
import { type Progress, backendName } from "@vpt/train";
import { type LoadedExperiment, buildMethod, loadExperiment } from "@vpt/train/language";
import { meanOf } from "../paired-difference.js";
import { requireData, smallEntries, smallRun, smallSteps, type SmallEntry } from "../ablation/small-settings.js";
import type { StudyOptions, StudyResult } from "../study.js";
import { machineLine } from "../machine-line.js";
import { describeSeeds, formatPage, type PageProse } from "../page.js";
import { formatProvenance, type Provenance } from "../seed-study.js";
import { breakEvenRate } from "./break-even-rate.js";
import { describeSummary, pairsByStep, summarizePairs, summaryHead, type ProbeSummary } from "./probe-summary.js";

/**
 * Settings, fixed before the run: every step of two runs a method, on the twelve rows that the ablation keeps for a
 * probe.
 */
const settings = { rates: [0.01, 0.1, 0.5], methods: ["value", "baseline"], seeds: 2, firstSeed: 200 } as const;

/** One probed step. */
export interface SmallProbeRow extends StepProbeResult {
  readonly seed: number;
  readonly method: string;
  readonly step: number;
  /** cos(g, ḡ) of the step's own feedback draw: how much of it is signal. */
  readonly feedbackCosine?: number;
}

/** What will be run and asked. */
export const planSmallProbe = ({
  seeds = settings.seeds,
  firstSeed = settings.firstSeed,
}: Partial<StudyOptions>): string =>
  [
    `Every step of ${smallSteps}, ${seeds} seeds from ${firstSeed}, methods ` +
      `${settings.methods.join(", ")} of the small ablation: n = ${seeds * smallSteps} a method.`,
    "Pearson's r of −⟨g_down, Δθ⟩ and the realised decrease on 12 GSM8K training rows (2,000 to " +
      "2,011) that are neither feedback nor report,",
    `over the trained parameters, for SGD steps of ${settings.rates.join(", ")} and the AdamW step ` +
      "taken. The paper: 0.657. Reported, not asserted.",
  ].join("\n");

/** The probe along runs of SmolLM2-135M; what `folder` has already is not run again. */
export async function runSmallProbe({
  seeds: count = settings.seeds,
  firstSeed = settings.firstSeed,
  steps = smallSteps,
  methods = settings.methods,
  folder = "runs/probe-small",
  progress,
}: StudyOptions): Promise<StudyResult> {
  requireData();
  const began = performance.now();
  const machine = machineLine();
  const entries = smallEntries.filter(({ name }) => methods.includes(name));
  const backend = await useBackend({ device: "auto", log: progress.log });
  const name = backendName(backend);
  const prepared = await loadExperiment(smallRun(firstSeed, steps, entries[0]!), name, progress);
  mkdirSync(folder, { recursive: true });
  const rows: SmallProbeRow[] = [];
  for (let seed = firstSeed; seed < firstSeed + count; seed++)
    for (const entry of entries) rows.push(...(await probeAlong(prepared, entry, { seed, steps, folder, progress })));
  const measured = {
    study: "probe",
    scale: "small",
    machine,
    backend: name,
    minutes: (performance.now() - began) / 60_000,
    settings: { ...settings, steps, seeds: count, firstSeed },
  };
  return concludeSmallProbe({ ...measured, rows });
}

/** The result of rows that were probed now or before. */
export function concludeSmallProbe(json: Readonly<Record<string, unknown>>): StudyResult {
  const { rows, ...measured } = json as unknown as { readonly rows: readonly SmallProbeRow[] } & Provenance & {
      readonly prose?: PageProse;
    };
  const summary = summarizeSmallProbe(rows);
  return {
    json: { ...measured, methods: summary, rows },
    text: smallProbePage(summary, measured, rows),
    failures: [],
  };
}

/** Pools the seeds of each method, and of all of them, kind of step by kind of step. */
export function summarizeSmallProbe(
  rows: readonly SmallProbeRow[],
): Readonly<Record<string, Readonly<Record<string, ProbeSummary>>>> {
  const pool = (of: readonly SmallProbeRow[]): Record<string, ProbeSummary> =>
    Object.fromEntries(
      Object.entries(pairsByStep(of, settings.rates, 1)).map(([step, pairs]) => [step, summarizePairs(pairs)]),
    );
  const methods = methodsOf(rows).map((method) => [method, pool(rows.filter((row) => row.method === method))] as const);
  return Object.fromEntries(methods.length > 1 ? [...methods, ["all", pool(rows)]] : methods);
}

const methodsOf = (rows: readonly SmallProbeRow[]): string[] => [...new Set(rows.map(({ method }) => method))];

/**
 * One run of one method, each step probed as it is taken. A row is kept as soon as it is there: begun again, the run
 * takes the steps whose rows it has without probing them, which is the same run, since a probe moves nothing.
 */
async function probeAlong(
  prepared: LoadedExperiment,
  entry: SmallEntry,
  { seed, steps, folder, progress }: { seed: number; steps: number; folder: string; progress: Progress },
): Promise<SmallProbeRow[]> {
  const path = join(folder, `seed-${seed}-${entry.name}.jsonl`);
  const rows = readLog(path) as unknown as SmallProbeRow[];
  const known = rows.at(-1)?.step ?? -1;
  if (known === steps - 1) return rows;
  const run = smallRun(seed, steps, entry);
  const { options, trainable, batches, probe: held } = buildMethod(prepared, entry.method, run);
  const { params } = prepared.model;
  const own = cloneParams(pick(params, trainable));
  let state = createTrainState({
    params: { ...params, ...own },
    trainable,
    designerParams: options.designer.init(seed),
    optimizer: options.optimizer,
    designerOptimizer: options.designerOptimizer,
    seed,
  });
  const probing = createStepProbe(options, { downstream: held!.downstream, rates: settings.rates });
  while (state.step < steps) {
    const batch = (await batches.next())!;
    const previous = state;
    if (state.step <= known) ({ state } = await trainStep(previous, batch, options));
    else {
      const { state: next, metrics, probed } = await probing.takeStep(previous, batch);
      state = next;
      const { feedbackCosine } = metrics;
      const row = probed && {
        seed,
        method: entry.name,
        step: previous.step,
        ...(feedbackCosine !== undefined && { feedbackCosine }),
        ...probed,
      };
      if (row) rows.push(row);
      if (row) appendLog(path, { ...row });
    }
    disposeUnreferenced(previous, state);
    tf.dispose(batch as tf.TensorContainer);
    progress.setStatus(`seed ${seed} ${entry.name}: ${state.step}/${steps} steps probed`);
  }
  probing.dispose();
  tf.dispose([
    held!.batch,
    pick(state.params, trainable),
    state.optimizer,
    state.designerParams,
    state.designerOptimizer,
    state.feedbackEma,
  ] as tf.TensorContainer);
  return rows;
}

function smallProbePage(
  summary: ReturnType<typeof summarizeSmallProbe>,
  measured: Provenance & { readonly prose?: PageProse },
  rows: readonly SmallProbeRow[],
): string {
  const seeds = [...new Set(rows.map(({ seed }) => seed))];
  const pooled = summary["all"] ?? Object.values(summary)[0]!;
  const step = pooled["AdamW step"]!;
  const table = Object.entries(summary).flatMap(([method, steps]) =>
    Object.entries(steps).map(([name, found]) => describeSummary(`${method} | ${name}`, found)),
  );
  return formatPage(
    {
      title: "One-step probe, SmolLM2-135M",
      answer:
        `For AdamW's step, r of the predicted and the realised decrease is ${step.r.toFixed(3)} over ` +
        `${step.n} steps.`,
      body: [
        [summaryHead(["method", "step"]), ...table].join("\n"),
        methodsOf(rows)
          .map((method) => describeSignal(rows, method))
          .join("\n"),
        "The table compares the first-order decrease −⟨g_down, Δθ⟩ of the loss on 12 GSM8K rows with the " +
          'decrease that happened. "Predicted by feedback" takes ḡ_down, the run\'s own average, instead. ' +
          'SGD steps are not clipped. "r without 1 %" leaves out the 1 % of pairs farthest from the ' +
          "prediction. The paper has r = 0.657.",
      ],
      run: `\`vpt repro probe --scale small\`, ${describeSeeds(seeds)}.\n\n${formatProvenance(measured)}`,
      limits:
        "Nothing is asserted. The interval is Fisher's and takes pairs for independent, which steps of " +
        "one run are not.",
    },
    measured.prose,
  );
}

/** How large the learner's gradient is, how much of a feedback draw is signal, and where curvature cancels the gain. */
function describeSignal(rows: readonly SmallProbeRow[], method: string): string {
  const own = rows.filter((row) => row.method === method);
  const norms = own.map(({ gradientNorm }) => gradientNorm);
  const cosines = own.flatMap(({ feedbackCosine }) => (feedbackCosine === undefined ? [] : [feedbackCosine]));
  const mean = `‖g_pre‖ ${meanOf(norms).toFixed(2)} on average, at most ${Math.max(...norms).toFixed(2)}`;
  const signal = cosines.length > 0 ? `; cos(g, ḡ) of a feedback draw ${meanOf(cosines).toFixed(2)} on average` : "";
  const first = own.map(({ rates }) => rates[0]!);
  const rate = breakEvenRate(first, settings.rates[0]).toFixed(3);
  return `- ${method}: ${mean}${signal}; break-even rate ${rate} (median).`;
}
