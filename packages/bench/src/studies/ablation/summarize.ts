import { describeDifference, meanOf, pairedDifference, type Difference } from "../across-seeds.js";
import { differenceFigure } from "../difference-figure.js";
import { formatProvenance, type Provenance } from "../seed-study.js";
import { tinyArms, type SeedRow } from "./tiny-seed.js";
import type { ArmResult } from "./tiny-start.js";

/** The table. */
export interface AblationSummary {
  readonly seeds: readonly number[];
  readonly arms: Readonly<Record<string, ArmResult>>;
  readonly clean: Readonly<Record<string, ArmResult>>;
  /** Held-out NLL, `a-b` = a minus b by seed. */
  readonly paired: Readonly<Record<string, Difference>>;
  readonly failures: readonly string[];
}

/** Arms that the method must beat; `tilt` and `oracle` use the same feedback, `sft` trains on it. */
const controls = [
  "baseline",
  "baseline-equal-time",
  "self-distillation",
  "self-distillation-0.9",
  "random",
  "shuffled",
  "uniform",
] as const;

/** Means over seeds, paired differences, and what of the claim does not hold. */
export function summarize(rows: readonly SeedRow[]): AblationSummary {
  const meanResult = (results: readonly ArmResult[]): ArmResult => ({
    nll: meanOf(results.map((r) => r.nll)),
    accuracy: meanOf(results.map((r) => r.accuracy)),
    steps: meanOf(results.map((r) => r.steps)),
    seconds: meanOf(results.map((r) => r.seconds)),
  });
  const nll = (arm: string): number[] => rows.map(({ arms }) => arms[arm]!.nll);
  const arms = Object.fromEntries(tinyArms.map((arm) => [arm, meanResult(rows.map((row) => row.arms[arm]!))]));
  const against = tinyArms.filter((arm) => arm !== "value");
  const paired = {
    ...Object.fromEntries(against.map((arm) => [`value-${arm}`, pairedDifference(nll("value"), nll(arm))])),
    ...Object.fromEntries(
      against
        .filter((arm) => arm !== "baseline")
        .map((arm) => [`${arm}-baseline`, pairedDifference(nll(arm), nll("baseline"))]),
    ),
  };
  const best = controls.reduce((a, b) => (arms[b]!.nll < arms[a]!.nll ? b : a));
  const cleanGap = Math.max(...rows.map(({ clean }) => Math.abs(clean["value"]!.nll - clean["baseline"]!.nll)));
  const high = (name: string): number => paired[name]!.ci95?.[1] ?? paired[name]!.mean;
  const low = (name: string): number => paired[name]!.ci95?.[0] ?? paired[name]!.mean;
  const claims: readonly (readonly [string, boolean])[] = [
    [
      `value - best control (${best}): upper end below -0.5, is ${high(`value-${best}`).toFixed(3)}`,
      high(`value-${best}`) < -0.5,
    ],
    [`value accuracy above 0.95, is ${arms["value"]!.accuracy.toFixed(3)}`, arms["value"]!.accuracy > 0.95],
    [
      `self-distillation - baseline: upper end below 0, is ${high("self-distillation-baseline").toFixed(3)}`,
      high("self-distillation-baseline") < 0,
    ],
    [
      `sign-flipped - baseline: lower end above 0.5, is ${low("sign-flipped-baseline").toFixed(3)}`,
      low("sign-flipped-baseline") > 0.5,
    ],
    [
      `clean stream: |value - baseline| below 0.01 for every seed, is at most ${cleanGap.toExponential(1)}`,
      cleanGap < 0.01,
    ],
  ];
  return {
    seeds: rows.map(({ seed }) => seed),
    arms,
    clean: {
      baseline: meanResult(rows.map(({ clean }) => clean["baseline"]!)),
      value: meanResult(rows.map(({ clean }) => clean["value"]!)),
    },
    paired,
    failures: claims.filter(([, holds]) => !holds).map(([claim]) => claim),
  };
}

/** The table as Markdown. */
export function describeAblation(
  summary: AblationSummary & Provenance & { readonly learnerParameters: number },
): string {
  const { arms, clean, paired, seeds, failures } = summary;
  const rows = Object.entries(arms).map(([arm, { nll, accuracy, steps, seconds }]) => {
    const versus = paired[`${arm}-baseline`];
    const value = paired[`value-${arm}`];
    return `| ${arm} | ${nll.toFixed(3)} | ${accuracy.toFixed(3)} | ${versus ? describeDifference(versus) : ""} | ${value ? describeDifference(value) : ""} | ${steps.toFixed(0)} | ${seconds.toFixed(1)} |`;
  });
  return [
    `# Ablation, tiny`,
    ``,
    `Held-out NLL of clean documents after arms that share a warm start, batches and order; ${seeds.length} seeds (${seeds.join(", ")}), paired; 95 % intervals are Student's over seeds.`,
    `Self-made "dialect" stream; ${summary.learnerParameters} learner parameters. The stream was built so that feedback matters, and the scores start at the learner's log-probabilities, which is our addition: this shows the mechanism, not the paper's gains.`,
    ``,
    formatProvenance(summary),
    ``,
    `| arm | NLL | accuracy | arm − baseline | value − arm | steps | s |`,
    `| --- | --- | --- | --- | --- | --- | --- |`,
    ...rows,
    ``,
    `Clean stream: baseline ${clean["baseline"]!.nll.toExponential(2)}, value ${clean["value"]!.nll.toExponential(2)}.`,
    `"baseline-equal-time" takes as many steps as the value arm's seconds allow. "sft" trains on the feedback's labels: the ceiling.`,
    ``,
    failures.length === 0
      ? `All assertions hold.`
      : `Does not hold:\n${failures.map((failure) => `- ${failure}`).join("\n")}`,
  ].join("\n");
}

/** Every arm against the baseline. */
export const ablationFigure = ({ paired }: Pick<AblationSummary, "paired">): Promise<string> => {
  const arms = tinyArms.filter((arm) => arm !== "baseline");
  return differenceFigure([
    {
      title: "held-out NLL − baseline (left is better)",
      differences: Object.fromEntries(arms.map((arm) => [arm, paired[`${arm}-baseline`]!])),
    },
  ]);
};
