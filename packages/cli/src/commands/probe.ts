import { VptError } from "@vpt/core";
import { defineCommand } from "citty";
import { createProgress, probeRun, readSavedConfig, type ProbedMethod } from "@vpt/train";
import { probeSentences, writeProbeFile, writeProbeReport } from "@vpt/report";
import { workloadOf } from "../workload-of.js";
import { describeSummary, pairsByStep, summarizePairs, summaryHead } from "@vpt/bench/studies";

export const probeCommand = defineCommand({
  meta: {
    name: "probe",
    description:
      "Probes the checkpoints of a run: does the value of a step predict what the step does, and what do the paper's " +
      "theorems give? Writes probe.json and probe.html into the folder. Example: " +
      "vpt probe --run runs/quickstart --probes 60",
  },
  args: {
    run: { type: "string", description: "folder of a vpt train", required: true },
    method: { type: "string", description: "one method; all by default" },
    probes: { type: "string", description: "batches a checkpoint", default: "60" },
    rates: { type: "string", description: "step sizes of SGD, with commas", default: "0.01,0.1,0.5" },
    draws: {
      type: "string",
      description: "feedback batches for the value's estimate (lemma 3.3); 0: none",
      default: "32",
    },
    json: { type: "boolean", description: "print the pairs and their summaries as one JSON object" },
  },
  async run({ args }) {
    const probes = Number(args.probes);
    if (!Number.isSafeInteger(probes) || probes < 1)
      throw new VptError(`--probes ${args.probes}: expected a whole number of at least 1`);
    const rates = args.rates.split(",").map(Number);
    if (!rates.every((rate) => rate > 0 && Number.isFinite(rate))) {
      throw new VptError(`--rates ${args.rates}: expected positive numbers with commas, such as 0.01,0.1`);
    }
    const draws = Number(args.draws);
    if (!Number.isSafeInteger(draws) || draws < 0 || draws === 1)
      throw new VptError(`--draws ${args.draws}: expected 0 or a whole number of at least 2`);
    const workload = await workloadOf(readSavedConfig(args.run));
    const progress = createProgress();
    const probed = await probeRun(workload, {
      folder: args.run,
      ...(args.method !== undefined && { method: args.method }),
      probes,
      rates,
      draws,
      progress,
    });
    const methods = probed.map((each) => recordOf(each, rates));
    await writeProbeFile(args.run, methods);
    if (methods.some(({ diagnostics }) => diagnostics)) progress.log(`page: ${await writeProbeReport(args.run)}`);
    if (args.json) return console.log(JSON.stringify({ run: args.run, methods }));
    for (const method of methods) print(method);
  },
});

const recordOf = (
  { method, step, clipNorm, results, skipped, diagnostics }: ProbedMethod,
  rates: readonly number[],
) => {
  const pairs = Object.entries(pairsByStep(results, rates, clipNorm));
  return {
    method,
    step,
    skipped,
    steps: Object.fromEntries(pairs.map(([name, own]) => [name, { ...summarizePairs(own), pairs: own }])),
    ...(diagnostics && { diagnostics }),
  };
};

function print({ method, step, skipped, steps, diagnostics }: ReturnType<typeof recordOf>): void {
  console.log(`${method} at step ${step}${skipped > 0 ? `, ${skipped} steps skipped` : ""}`);
  console.log(summaryHead(["step"]));
  const rows = Object.entries(steps).map(([name, summary]) => describeSummary(name, summary));
  console.log(rows.join("\n"));
  if (diagnostics) console.log(Object.values(probeSentences(diagnostics)).join("\n"));
}
