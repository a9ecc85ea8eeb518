import { describeDifference, meanOf, pairedDifference, type Difference } from "../paired-difference.js";
import { differenceFigure } from "../difference-figure.js";
import { markdownTable } from "../page.js";
import type { SeedStudyPage } from "../seed-study.js";
import { tinyMethods, type SeedRow } from "./tiny-seed.js";
import type { MethodResult } from "./tiny-start.js";

/** The table. */
export interface AblationSummary {
  readonly seeds: readonly number[];
  readonly methods: Readonly<Record<string, MethodResult>>;
  readonly clean: Readonly<Record<string, MethodResult>>;
  /** Held-out NLL, `a-b` = a minus b by seed. */
  readonly paired: Readonly<Record<string, Difference>>;
  readonly failures: readonly string[];
}

/** Methods that the method must beat; `tilt` and `oracle` use the same feedback, `sft` trains on it. */
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
  const meanResult = (results: readonly MethodResult[]): MethodResult => ({
    nll: meanOf(results.map((r) => r.nll)),
    accuracy: meanOf(results.map((r) => r.accuracy)),
    steps: meanOf(results.map((r) => r.steps)),
    seconds: meanOf(results.map((r) => r.seconds)),
  });
  const nll = (method: string): number[] => rows.map(({ methods }) => methods[method]!.nll);
  const methods = Object.fromEntries(
    tinyMethods.map((method) => [method, meanResult(rows.map((row) => row.methods[method]!))]),
  );
  const against = tinyMethods.filter((method) => method !== "value");
  const paired = {
    ...Object.fromEntries(against.map((method) => [`value-${method}`, pairedDifference(nll("value"), nll(method))])),
    ...Object.fromEntries(
      against
        .filter((method) => method !== "baseline")
        .map((method) => [`${method}-baseline`, pairedDifference(nll(method), nll("baseline"))]),
    ),
  };
  const best = controls.reduce((a, b) => (methods[b]!.nll < methods[a]!.nll ? b : a));
  const cleanGap = Math.max(...rows.map(({ clean }) => Math.abs(clean["value"]!.nll - clean["baseline"]!.nll)));
  const high = (name: string): number => paired[name]!.ci95?.[1] ?? paired[name]!.mean;
  const low = (name: string): number => paired[name]!.ci95?.[0] ?? paired[name]!.mean;
  const claims: readonly (readonly [string, boolean])[] = [
    [
      `value - best control (${best}): upper end below -0.5, is ${high(`value-${best}`).toFixed(3)}`,
      high(`value-${best}`) < -0.5,
    ],
    [`value accuracy above 0.95, is ${methods["value"]!.accuracy.toFixed(3)}`, methods["value"]!.accuracy > 0.95],
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
    methods,
    clean: {
      baseline: meanResult(rows.map(({ clean }) => clean["baseline"]!)),
      value: meanResult(rows.map(({ clean }) => clean["value"]!)),
    },
    paired,
    failures: claims.filter(([, holds]) => !holds).map(([claim]) => claim),
  };
}

/** The page of the tables. */
export function ablationPage(summary: AblationSummary): SeedStudyPage {
  const { methods, clean, paired, seeds } = summary;
  const cell = (difference?: Difference): string => (difference ? describeDifference(difference) : "");
  const rows = Object.entries(methods).map(([method, { nll, accuracy, steps, seconds }]) => [
    method,
    nll.toFixed(3),
    accuracy.toFixed(3),
    cell(paired[`${method}-baseline`]),
    cell(paired[`value-${method}`]),
    steps.toFixed(0),
    seconds.toFixed(1),
  ]);
  return {
    title: "Ablation, tiny",
    alt: "Differences to the baseline with their intervals",
    answer:
      `The value's held-out NLL minus the baseline's is ${cell(paired["value-baseline"])}, ` +
      `${seeds.length} paired seeds.`,
    body: [
      markdownTable(["method", "NLL", "accuracy", "method − baseline", "value − method", "steps", "s"], rows),
      "Held-out NLL of clean documents; 95 % intervals are Student's t over seeds. " +
        `"baseline-equal-time" takes as many steps as fit into the value's seconds. "sft" trains on the ` +
        "feedback's labels: the ceiling. On the clean stream, baseline " +
        `${clean["baseline"]!.nll.toExponential(2)} and value ${clean["value"]!.nll.toExponential(2)}.`,
    ],
    holds: "All claims hold.",
  };
}

/** Every method against the baseline. */
export const ablationFigure = ({ paired }: Pick<AblationSummary, "paired">): Promise<string> => {
  const methods = tinyMethods.filter((method) => method !== "baseline");
  return differenceFigure([
    {
      title: "held-out NLL − baseline (left is better)",
      differences: Object.fromEntries(methods.map((method) => [method, paired[`${method}-baseline`]!])),
    },
  ]);
};
