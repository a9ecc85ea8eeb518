import * as tf from "@tensorflow/tfjs";
import { stepProbe, type Compile, type Params, type StepProbe, type StepProbeResult } from "@vpt/core";
import { causalLearner, collate, nextTokenTask, type LanguageBatch } from "@vpt/lang";
import type { Progress } from "../../progress.js";
import { compile as native } from "../../train/compile.js";
import { collation, stream } from "../ablation/dialect.js";
import { startTiny, tinyLearner, tinySettings, type TinySettings } from "../ablation/tiny-start.js";

/** Settings, fixed before the reported seeds were run. */
export const probeSettings = { probeEvery: 3, probeRows: 256, rates: [0.01, 0.1, 0.5] } as const;

/** Arms whose steps are probed. */
export const probeArms = ["value", "baseline", "random"] as const;
/** One of {@link probeArms}. */
type ProbeArm = (typeof probeArms)[number];

/** The probes of one seed. */
export interface ProbeRow {
  readonly seed: number;
  readonly arms: Readonly<Record<ProbeArm, readonly (StepProbeResult & { readonly step: number })[]>>;
}

/** Runs each arm from one warm start and probes every third step on held-out documents. */
export async function runProbeSeed(
  seed: number,
  {
    settings = tinySettings,
    compile = native,
    progress,
  }: { readonly settings?: TinySettings; readonly compile?: Compile; readonly progress: Progress },
): Promise<ProbeRow> {
  const start = await startTiny(seed, stream, settings, compile);
  const held = collate(start.test.slice(0, probeSettings.probeRows), collation);
  const learner = causalLearner(tinyLearner);
  const downstream = (params: Params): tf.Scalar => learner.loss(params, held, () => nextTokenTask(held));
  const probes = async (arm: ProbeArm): Promise<ProbeRow["arms"][ProbeArm]> => {
    const found: (StepProbeResult & { step: number })[] = [];
    let probe: StepProbe<LanguageBatch> | undefined;
    await start.run(arm, {
      onStep: async ({ step, batch, options, previous }) => {
        if (step % probeSettings.probeEvery !== 0) return;
        probe ??= stepProbe(options, { downstream, rates: probeSettings.rates });
        const result = await probe.at(previous, batch);
        if (result) found.push({ step, ...result });
        progress.update(`seed ${seed} ${arm}: ${found.length} probes`);
      },
    });
    probe?.dispose();
    return found;
  };
  const row = {
    seed,
    arms: { value: await probes("value"), baseline: await probes("baseline"), random: await probes("random") },
  };
  tf.dispose(held);
  start.dispose();
  return row;
}
