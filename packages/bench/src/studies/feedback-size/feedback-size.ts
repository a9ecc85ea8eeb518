import { compile as native } from "@vpt/train";
import { describeDifference, meanOf, pairedDifference, type Difference } from "../paired-difference.js";
import { stream } from "../ablation/synthetic-dialect.js";
import { startTiny, tinySettings, type MethodResult, type TinyOptions } from "../ablation/tiny-start.js";
import { differenceFigure } from "../difference-figure.js";
import { formatProvenance, seedStudy, type Provenance } from "../seed-study.js";

/** Feedback documents: the paper's 1 : 2 : 3, and a few far below. */
export const feedbackSizes = [4, 16, 64, 256, 512, 768] as const;
/** The size that the others are compared with: the ablation's. */
const usual = 256;

/** One seed's ends. */
export interface FeedbackSizeRow {
  readonly seed: number;
  readonly baseline: MethodResult;
  /** By number of feedback documents. */
  readonly value: Readonly<Record<string, MethodResult>>;
}

/** The value method with each feedback set, all from one start; a larger set holds the smaller ones. */
export async function runFeedbackSizeSeed(
  seed: number,
  { settings = tinySettings, compile = native, progress }: TinyOptions,
): Promise<FeedbackSizeRow> {
  const start = await startTiny(seed, stream, settings, compile);
  const value: Record<string, MethodResult> = {};
  for (const feedbackRows of feedbackSizes) {
    value[feedbackRows] = await start.run("value", { feedbackRows });
    progress.setStatus(`seed ${seed} ${feedbackRows} feedback documents: NLL ${value[feedbackRows].nll.toFixed(3)}`);
  }
  const baseline = await start.run("baseline");
  start.dispose();
  return { seed, baseline, value };
}

/** Means and paired differences by size. */
export function summarizeFeedbackSize(rows: readonly FeedbackSizeRow[]) {
  const nll = (size: number): number[] => rows.map(({ value }) => value[size]!.nll);
  const baseline = rows.map((row) => row.baseline.nll);
  const sizes = feedbackSizes.map((size) => ({
    size,
    nll: meanOf(nll(size)),
    accuracy: meanOf(rows.map(({ value }) => value[size]!.accuracy)),
    againstBaseline: pairedDifference(nll(size), baseline),
    againstUsual: pairedDifference(nll(size), nll(usual)),
  }));
  return { seeds: rows.map(({ seed }) => seed), baseline: meanOf(baseline), sizes, failures: [] as readonly string[] };
}

function describeFeedbackSize(summary: ReturnType<typeof summarizeFeedbackSize> & Provenance): string {
  const { seeds, baseline, sizes } = summary;
  const against = (size: number, difference: Difference): string =>
    size === usual ? "" : describeDifference(difference);
  return [
    `# Feedback size, tiny`,
    ``,
    `Held-out NLL of the value method of the ablation's "dialect" with feedback sets of several sizes, all other things equal; ${seeds.length} seeds`,
    `(${seeds.join(", ")}), paired; 95 % intervals are Student's over seeds. Each gradient takes ${tinySettings.feedbackBatch} documents, or all of a smaller set.`,
    `Paper, figure 3 left (read off a chart, another scale and measure): 1k 57.4, 2k 58.2, 3k 58.2 % on GSM8K.`,
    ``,
    formatProvenance(summary),
    ``,
    `| feedback documents | NLL | accuracy | − baseline (${baseline.toFixed(3)}) | − ${usual} documents |`,
    `| --- | --- | --- | --- | --- |`,
    ...sizes.map(
      ({ size, nll, accuracy, againstBaseline, againstUsual }) =>
        `| ${size} | ${nll.toFixed(3)} | ${accuracy.toFixed(3)} | ${describeDifference(againstBaseline)} | ${against(size, againstUsual)} |`,
    ),
    ``,
    `Nothing is asserted: the paper claims no size of the effect.`,
  ].join("\n");
}

/** Paper figure 3, left. */
export const feedbackSizeStudy = seedStudy({
  name: "feedback-size",
  seeds: 6,
  firstSeed: 50,
  settings: { ...tinySettings, feedbackSizes },
  row: (seed, progress) => runFeedbackSizeSeed(seed, { progress }),
  summarize: summarizeFeedbackSize,
  describe: describeFeedbackSize,
  figure: ({ sizes }) =>
    differenceFigure([
      {
        title: "held-out NLL − baseline (left is better)",
        differences: Object.fromEntries(
          sizes.map(({ size, againstBaseline }) => [`${size} documents`, againstBaseline]),
        ),
      },
    ]),
});
