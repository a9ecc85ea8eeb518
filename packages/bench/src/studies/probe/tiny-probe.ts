import * as tf from "@tensorflow/tfjs";
import { createStepProbe, type Params, type StepProbe, type StepProbeResult } from "@vpt/core";
import { causalLearner, collate, nextTokenTask, type LanguageBatch } from "@vpt/lang";
import { compile as native } from "@vpt/train";
import { collationOf, stream } from "../ablation/synthetic-dialect.js";
import { startTiny, tinyLearner, tinySettings, type TinyOptions } from "../ablation/tiny-start.js";

/**
 * The set-up in which r was first measured (`evidence`, R1): longer documents, a wider learner, a larger feedback
 * batch.
 */
export const longerSettings = {
  ...tinySettings,
  answers: 5,
  width: 48,
  designerLayers: 2,
  warmSteps: 500,
  steps: 200,
  learningRate: 3e-3,
  feedbackRows: 512,
  feedbackBatch: 32,
} as const;

/** Settings, fixed before the reported seeds were run. */
export const probeSettings = { probeEvery: 3, probeRows: 256, rates: [0.01, 0.1, 0.5] } as const;

/** Methods whose steps are probed. */
export const probeMethods = ["value", "baseline", "random"] as const;
/** One of {@link probeMethods}. */
type ProbeMethod = (typeof probeMethods)[number];

/** The probes of one seed in one set-up. */
export type ProbedMethods = Readonly<Record<ProbeMethod, readonly (StepProbeResult & { readonly step: number })[]>>;

/** Runs each method from one warm start and probes every third step on held-out documents. */
export async function runProbeSeed(
  seed: number,
  { settings = tinySettings, compile = native, progress }: TinyOptions,
): Promise<ProbedMethods> {
  const start = await startTiny(seed, stream, settings, compile);
  const held = collate(start.test.slice(0, probeSettings.probeRows), collationOf(settings));
  const learner = causalLearner(tinyLearner(settings.width));
  const downstream = (params: Params): tf.Scalar => learner.loss(params, held, () => nextTokenTask(held));
  const probes = async (method: ProbeMethod): Promise<ProbedMethods[ProbeMethod]> => {
    const found: (StepProbeResult & { step: number })[] = [];
    let probe: StepProbe<LanguageBatch> | undefined;
    await start.run(method === "random" ? "random-direction" : method, {
      onStep: async ({ step, batch, options, previous }) => {
        if (step % probeSettings.probeEvery !== 0) return;
        probe ??= createStepProbe(options, { downstream, rates: probeSettings.rates });
        const result = await probe.measure(previous, batch);
        if (result) found.push({ step, ...result });
        progress.setStatus(`seed ${seed} ${method}: ${found.length} probes`);
      },
    });
    probe?.dispose();
    return found;
  };
  const methods = { value: await probes("value"), baseline: await probes("baseline"), random: await probes("random") };
  tf.dispose(held);
  start.dispose();
  return methods;
}
