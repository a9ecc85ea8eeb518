import type { Study } from "../study.js";
import { seedStudy, formatProvenance, type Provenance } from "../seed-study.js";
import { tinySettings } from "../ablation/tiny-start.js";
import { describeSummary, pairsByStep, summarizePairs, summaryHead, type ProbeSummary } from "./probe-summary.js";
import { concludeSmallProbe, planSmallProbe, runSmallProbe } from "./small-probe.js";
import { longerSettings, probeMethods, probeSettings, runProbeSeed, type ProbedMethods } from "./tiny-probe.js";

/** The set-ups: the ablation's, and the longer one in which r > 0.9 at SGD 0.1 was first seen, and is asserted. */
const setUps = { ablation: tinySettings, longer: longerSettings } as const;
/** One of the set-ups. */
type SetUp = keyof typeof setUps;
const names: readonly SetUp[] = ["ablation", "longer"];

/** The probes of one seed. */
export type ProbeRow = { readonly seed: number } & { readonly [Name in SetUp]: ProbedMethods };
/** All seeds together, and the lowest r of a single seed. */
type MethodProbe = Readonly<Record<string, ProbeSummary & { readonly lowestSeed: number }>>;
/** The table. */
export interface ProbeStudySummary {
  readonly seeds: readonly number[];
  readonly setUps: { readonly [Name in SetUp]: Readonly<Record<string, MethodProbe>> };
  readonly failures: readonly string[];
}

/** Pools the seeds of each method, kind of step by kind of step. */
export function summarizeProbe(rows: readonly ProbeRow[]): ProbeStudySummary {
  const of = (name: SetUp, method: (typeof probeMethods)[number]): MethodProbe => {
    const seeds = rows.map((row) => pairsByStep(row[name][method], probeSettings.rates, 1));
    return Object.fromEntries(
      Object.keys(seeds[0]!).map((step) => [
        step,
        {
          ...summarizePairs(seeds.flatMap((pairs) => pairs[step] ?? [])),
          lowestSeed: Math.min(...seeds.map((pairs) => summarizePairs(pairs[step] ?? []).r)),
        },
      ]),
    );
  };
  const methodsOf = (name: SetUp) => Object.fromEntries(probeMethods.map((method) => [method, of(name, method)]));
  const summary = { ablation: methodsOf("ablation"), longer: methodsOf("longer") };
  const failures = probeMethods.flatMap((method) => {
    const { r } = summary.longer[method]!["SGD 0.1"]!;
    return r > 0.9 ? [] : [`longer documents, ${method}: r above 0.9 at SGD 0.1, is ${r.toFixed(3)}`];
  });
  return { seeds: rows.map(({ seed }) => seed), setUps: summary, failures };
}

function describeProbe(summary: ProbeStudySummary & Provenance): string {
  const { seeds, failures } = summary;
  return [
    `# One-step probe, tiny`,
    ``,
    `First-order decrease −⟨g_down, Δθ⟩ of the loss on ${probeSettings.probeRows} held-out documents against the decrease that happened, over all learner`,
    `parameters, every ${probeSettings.probeEvery}rd step of three methods; ${seeds.length} seeds (${seeds.join(", ")}) pooled. "Predicted by feedback" takes g_down from`,
    `the method's own feedback batch, over the aligned subset, instead: it is what the designer goes by. SGD steps are not clipped; the rows with`,
    `"norm at most 1" leave out the steps that the run itself would clip.`,
    `"r without 1 %" leaves out the hundredth of the pairs farthest from the prediction: one wild step can decide r.`,
    `The interval is Fisher's and takes pairs for independent, which steps of one run are not. The paper has r = 0.657 at a step size it does not state.`,
    ``,
    formatProvenance(summary),
    ...names.flatMap((name) => [
      ``,
      `## ${name === "ablation" ? "The ablation's set-up" : "Longer documents"}`,
      ``,
      `Answers a document ${setUps[name].answers}, width ${setUps[name].width}, ${setUps[name].warmSteps} warm steps, feedback batch ${setUps[name].feedbackBatch}.`,
      ``,
      summaryHead(["method", "step"], ["lowest r of a seed"]),
      ...Object.entries(summary.setUps[name]).flatMap(([method, steps]) =>
        Object.entries(steps).map(([step, found]) =>
          describeSummary(`${method} | ${step}`, found, [found.lowestSeed.toFixed(3)]),
        ),
      ),
    ]),
    ``,
    failures.length === 0
      ? `Holds: r above 0.9 at SGD 0.1 for each method on longer documents.`
      : `Does not hold:\n${failures.map((failure) => `- ${failure}`).join("\n")}`,
  ].join("\n");
}

const tiny = seedStudy({
  name: "probe",
  seeds: 4,
  firstSeed: 30,
  settings: { ...setUps, ...probeSettings },
  row: async (seed, progress): Promise<ProbeRow> => ({
    seed,
    ablation: await runProbeSeed(seed, { progress }),
    longer: await runProbeSeed(seed, { settings: longerSettings, progress }),
  }),
  summarize: summarizeProbe,
  describe: describeProbe,
});

/** Paper appendix A.6 at two scales: does the value of a step predict what the step does? */
export const probeStudy: Study = {
  scales: ["tiny", "small"],
  run: (options) => (options.scale === "small" ? runSmallProbe(options) : tiny.run(options)),
  fromRows: (json) => (json["scale"] === "small" ? concludeSmallProbe(json) : tiny.fromRows!(json)),
  plan: (options) => (options.scale === "small" ? planSmallProbe(options) : tiny.plan!(options)),
};
