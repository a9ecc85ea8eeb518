import { compile as native } from "@vpt/train";
import {
  type MethodResult,
  type SeedStudyPage,
  type TinyOptions,
  type TinyRun,
  describeDifference,
  markdownTable,
  meanOf,
  pairedDifference,
  seedStudy,
  startTiny,
  stream,
  tinySettings,
} from "@vpt/bench/studies";

/** A designer of the study: what differs from the ablation's value method. */
export type PriorFreeVariant = Pick<TinyRun, "designer" | "value">;

const none = { prior: "none" } as const;
const fast = { designerLearningRate: () => 3e-3 };
const budget = { ...none, gatePenaltyWeight: 4 };

/** The designers, fixed before the reported seeds were run; the first is the ablation's, with the prior. */
export const priorFreeVariants: Readonly<Record<string, PriorFreeVariant>> = {
  "with the prior": {},
  "no prior": { designer: none },
  "no prior, α_max 0.5, rate 3e-3": { designer: { ...none, maxGate: 0.5, targetGate: 0.25 }, value: fast },
  "no prior, α-budget 4": { designer: budget },
  "no prior, α-budget 4, rate 3e-3": { designer: budget, value: fast },
  "no prior, α-budget 4, rate 1e-2": { designer: budget, value: { designerLearningRate: () => 1e-2 } },
  "no prior, fixed gate, rate 3e-3": { designer: { ...none, gate: "fixed" }, value: fast },
  "no prior, α-budget 4, rate 3e-3, period 1": { designer: budget, value: { ...fast, updateEvery: 1 } },
  "no prior, α-budget 4, rate 3e-3, averaged g": {
    designer: budget,
    value: { ...fast, feedbackEmaDecay: 0.9, initialFeedbackBatches: 16 },
  },
  "no prior, α-budget 4, rate 3e-3, KL 0.01": { designer: { ...budget, klWeight: 0.01 }, value: fast },
};

/** One seed's ends. */
export interface PriorFreeRow {
  readonly seed: number;
  readonly baseline: MethodResult;
  readonly variants: Readonly<Record<string, MethodResult>>;
}

/** All designers of one seed from one warm start, on the same batches. */
export async function runPriorFreeSeed(
  seed: number,
  { settings = tinySettings, compile = native, progress }: TinyOptions,
): Promise<PriorFreeRow> {
  const start = await startTiny(seed, stream, settings, compile);
  const baseline = await start.run("baseline");
  const variants: Record<string, MethodResult> = {};
  for (const [name, variant] of Object.entries(priorFreeVariants)) {
    variants[name] = await start.run("value", variant);
    const { nll, accuracy } = variants[name];
    progress.log(`seed ${seed}, ${name}: NLL ${nll.toFixed(3)}, accuracy ${accuracy.toFixed(3)}`);
  }
  start.dispose();
  return { seed, baseline, variants };
}

/** Means, spreads, and which designers work in every seed. */
export function summarizePriorFree(rows: readonly PriorFreeRow[]) {
  const baseline = rows.map((row) => row.baseline.nll);
  const variants = Object.keys(priorFreeVariants).map((name) => {
    const ends = rows.map((row) => row.variants[name]!);
    const [nll, accuracy] = [ends.map((end) => end.nll), ends.map((end) => end.accuracy)];
    const differences = nll.map((x, i) => x - baseline[i]!);
    return {
      name,
      nll: meanOf(nll),
      accuracy: meanOf(accuracy),
      worstAccuracy: Math.min(...accuracy),
      againstBaseline: pairedDifference(nll, baseline),
      best: Math.min(...differences),
      worst: Math.max(...differences),
    };
  });
  return {
    seeds: rows.map(({ seed }) => seed),
    baseline: meanOf(baseline),
    variants,
    /** Better than the baseline by 0.5 in every seed. */
    sturdy: variants.filter(({ worst }) => worst < -0.5).map(({ name }) => name),
    failures: [] as readonly string[],
  };
}

function priorFreePage(summary: ReturnType<typeof summarizePriorFree>): SeedStudyPage {
  const { seeds, baseline, variants, sturdy } = summary;
  const signed = (x: number): string => `${x < 0 ? "−" : "+"}${Math.abs(x).toFixed(3)}`;
  const rows = variants.map(({ name, nll, accuracy, worstAccuracy, againstBaseline, best, worst }) => [
    name,
    nll.toFixed(3),
    accuracy.toFixed(3),
    worstAccuracy.toFixed(3),
    describeDifference(againstBaseline),
    signed(best),
    signed(worst),
  ]);
  const difference = `− baseline (${baseline.toFixed(3)})`;
  const list = sturdy.join("; ") || "none";
  return {
    title: "Designers without a prior, tiny",
    answer: `Better than the baseline by 0.5 in every one of ${seeds.length} seeds: ${list}.`,
    body: [
      markdownTable(["designer", "NLL", "accuracy", "lowest accuracy", difference, "best seed", "worst seed"], rows),
      `Held-out NLL of the value; ${seeds.length} seeds, paired; 95 % intervals are Student's t over ` +
        `seeds; best and worst are single seeds. "rate" is the designer's. Where nothing is said it is ` +
        "1e-3, an update comes every 2 steps (period 2), α_max is 0.9 and the α-budget 0. In every seed " +
        `better than the baseline by 0.5: ${list}.`,
    ],
  };
}

/** Is there a designer that needs no prior and is not fragile? */
export const priorFreeStudy = seedStudy({
  name: "prior-free",
  seeds: 6,
  firstSeed: 70,
  settings: { ...tinySettings, variants: Object.keys(priorFreeVariants) },
  row: (seed, progress) => runPriorFreeSeed(seed, { progress }),
  summarize: summarizePriorFree,
  page: priorFreePage,
});
