import { seedStudy, describeMeasured, type Measured } from "../seed-study.js";
import { tinySettings } from "../ablation/tiny-start.js";
import { describeSummary, pairsByStep, summarizePairs, type ProbeSummary } from "./summarize-probe.js";
import { probeArms, probeSettings, runProbeSeed, type ProbeRow } from "./tiny-probe.js";

/** All seeds together, and the lowest r of a single seed. */
type ArmProbe = Readonly<Record<string, ProbeSummary & { readonly lowestSeed: number }>>;
/** The table. */
export interface ProbeStudySummary {
  readonly seeds: readonly number[];
  readonly arms: Readonly<Record<string, ArmProbe>>;
  readonly failures: readonly string[];
}

/** Pools the seeds of each arm, kind of step by kind of step. */
export function summarizeProbe(rows: readonly ProbeRow[]): ProbeStudySummary {
  const of = (arm: (typeof probeArms)[number]): ArmProbe => {
    const seeds = rows.map(({ arms }) => pairsByStep(arms[arm], probeSettings.rates));
    return Object.fromEntries(
      Object.keys(seeds[0]!).map((step) => [
        step,
        {
          ...summarizePairs(seeds.flatMap((pairs) => pairs[step]!)),
          lowestSeed: Math.min(...seeds.map((pairs) => summarizePairs(pairs[step]!).r)),
        },
      ]),
    );
  };
  const arms = Object.fromEntries(probeArms.map((arm) => [arm, of(arm)]));
  const failures = probeArms.flatMap((arm) => {
    const { r } = arms[arm]!["SGD 0.1"]!;
    return r > 0.9 ? [] : [`${arm}: r above 0.9 at SGD 0.1, is ${r.toFixed(3)}`];
  });
  return { seeds: rows.map(({ seed }) => seed), arms, failures };
}

function describeProbe(summary: ProbeStudySummary & Measured): string {
  const { seeds, arms, failures } = summary;
  return [
    `# One-step probe, tiny`,
    ``,
    `First-order decrease −⟨g_down, Δθ⟩ of the loss on ${probeSettings.probeRows} held-out documents against the decrease that happened, over all learner`,
    `parameters, every ${probeSettings.probeEvery}rd step of three arms of the ablation's "dialect"; ${seeds.length} seeds (${seeds.join(", ")}) pooled. "Predicted by feedback" takes`,
    `g_down from the arm's own feedback batch of ${tinySettings.feedbackBatch} documents, over the aligned subset, instead: it is what the designer goes by.`,
    `The interval is Fisher's and takes pairs for independent, which steps of one run are not. The paper has r = 0.657 at a step size it does not state.`,
    ``,
    describeMeasured(summary),
    ``,
    `| arm | step | n | r | 95 % | slope | share that fell | sign right | lowest r of a seed |`,
    `| --- | --- | --- | --- | --- | --- | --- | --- | --- |`,
    ...Object.entries(arms).flatMap(([arm, steps]) =>
      Object.entries(steps).map(([step, found]) =>
        describeSummary(`${arm} | ${step}`, found, [found.lowestSeed.toFixed(3)]),
      ),
    ),
    ``,
    failures.length === 0
      ? `Holds: r above 0.9 at SGD 0.1 for each arm.`
      : `Does not hold:\n${failures.map((failure) => `- ${failure}`).join("\n")}`,
  ].join("\n");
}

/** Paper appendix A.6: does the value of a step predict what the step does? */
export const probeStudy = seedStudy({
  name: "probe",
  seeds: 4,
  firstSeed: 30,
  settings: { ...tinySettings, ...probeSettings },
  row: (seed, progress) => runProbeSeed(seed, { progress }),
  summarize: summarizeProbe,
  describe: describeProbe,
});
