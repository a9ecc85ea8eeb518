import type { Study } from "../study.js";
import { seedStudy, type SeedStudyPage } from "../seed-study.js";
import { studyByScale } from "../study-by-scale.js";
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

function probePage({ setUps: found }: ProbeStudySummary): SeedStudyPage {
  const steps = names.flatMap((name) => Object.values(found[name]).map((of) => of["AdamW step"]!.r));
  const [low, high] = [Math.min(...steps), Math.max(...steps)].map((r) => r.toFixed(3));
  return {
    title: "One-step probe, tiny",
    answer: `For AdamW's step, r of the predicted and the realised decrease is from ${low} to ${high}.`,
    body: names.flatMap((name) => [
      `## ${name === "ablation" ? "The ablation's set-up" : "Longer documents"}`,
      `${setUps[name].answers} answers a document, width ${setUps[name].width}, ` +
        `${setUps[name].warmSteps} pretraining steps, feedback batch ${setUps[name].feedbackBatch}.`,
      [
        summaryHead(["method", "step"], ["lowest r of a seed"]),
        ...Object.entries(found[name]).flatMap(([method, all]) =>
          Object.entries(all).map(([step, each]) =>
            describeSummary(`${method} | ${step}`, each, [each.lowestSeed.toFixed(3)]),
          ),
        ),
      ].join("\n"),
    ]),
    holds: "r is above 0.9 at SGD 0.1 for each method on longer documents, as claimed.",
  };
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
  page: probePage,
});

const small: Study = {
  scales: ["small"],
  run: runSmallProbe,
  plan: planSmallProbe,
  fromRows: concludeSmallProbe,
};

/** Paper appendix A.6 at two scales: does the value of a step predict what the step does? */
export const probeStudy: Study = studyByScale(tiny, small);
