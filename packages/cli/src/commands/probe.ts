import { VptError } from "@vpt/core";
import { defineCommand } from "citty";
import { createProgress, probeRun, readSavedConfig } from "@vpt/train";
import { workloadOf } from "../workload-of.js";
import { describeSummary, pairsByStep, summarizePairs, summaryHead } from "@vpt/bench/studies";

export const probeCommand = defineCommand({
  meta: {
    name: "probe",
    description:
      "Probes the checkpoints of a run: does the value of a step predict what the step does? Example: " +
      "vpt probe --run runs/quickstart --probes 60",
  },
  args: {
    run: { type: "string", description: "folder of a vpt train", required: true },
    method: { type: "string", description: "one method; all by default" },
    probes: { type: "string", description: "batches a checkpoint", default: "60" },
    rates: { type: "string", description: "step sizes of SGD, with commas", default: "0.01,0.1,0.5" },
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
    const workload = await workloadOf(readSavedConfig(args.run));
    const probed = await probeRun(workload, {
      folder: args.run,
      ...(args.method !== undefined && { method: args.method }),
      probes,
      rates,
      progress: createProgress(),
    });
    const methods = probed.map(({ method, step, clipNorm, results, skipped }) => ({
      method,
      step,
      skipped,
      steps: Object.fromEntries(
        Object.entries(pairsByStep(results, rates, clipNorm)).map(([name, pairs]) => [
          name,
          { ...summarizePairs(pairs), pairs },
        ]),
      ),
    }));
    if (args.json) return console.log(JSON.stringify({ run: args.run, methods }));
    for (const { method, step, skipped, steps } of methods) {
      console.log(`${method} at step ${step}${skipped > 0 ? `, ${skipped} steps skipped` : ""}`);
      console.log(summaryHead(["step"]));
      console.log(
        Object.entries(steps)
          .map(([name, summary]) => describeSummary(name, summary))
          .join("\n"),
      );
    }
  },
});
