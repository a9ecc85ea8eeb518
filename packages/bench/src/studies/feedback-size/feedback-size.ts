import { compile as native } from "@vpt/train";
import { describeDifference, meanOf, pairedDifference } from "../paired-difference.js";
import { stream } from "../ablation/synthetic-dialect.js";
import { startTiny, tinySettings, type MethodResult, type TinyOptions } from "../ablation/tiny-start.js";
import { differenceFigure } from "../difference-figure.js";
import { markdownTable } from "../page.js";
import { seedStudy, type SeedStudyPage } from "../seed-study.js";

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

function feedbackSizePage({ seeds, baseline, sizes }: ReturnType<typeof summarizeFeedbackSize>): SeedStudyPage {
  const rows = sizes.map(({ size, nll, accuracy, againstBaseline, againstUsual }) => [
    String(size),
    nll.toFixed(3),
    accuracy.toFixed(3),
    describeDifference(againstBaseline),
    size === usual ? "" : describeDifference(againstUsual),
  ]);
  const head = ["feedback documents", "NLL", "accuracy", `− baseline (${baseline.toFixed(3)})`, `− ${usual} documents`];
  const gains = sizes.map(({ size, againstBaseline }) => `${size} documents ${describeDifference(againstBaseline)}`);
  return {
    title: "Feedback size, tiny",
    alt: "Difference to the baseline by feedback size",
    answer: `NLL minus the baseline's: ${gains.join("; ")}.`,
    body: [
      markdownTable(head, rows),
      `Held-out NLL of the value, all other things equal; ${seeds.length} seeds, paired; 95 % ` +
        "intervals are Student's t over seeds.",
      "The paper's figure 3 left, read off a chart, at another scale and in another measure: 57.4 % on " +
        "GSM8K with 1k feedback documents, 58.2 with 2k, 58.2 with 3k.",
    ],
    holds: "Nothing is asserted, since the paper claims no size of the effect.",
  };
}

/** Paper figure 3, left. */
export const feedbackSizeStudy = seedStudy({
  name: "feedback-size",
  seeds: 6,
  firstSeed: 50,
  settings: { ...tinySettings, feedbackSizes },
  row: (seed, progress) => runFeedbackSizeSeed(seed, { progress }),
  summarize: summarizeFeedbackSize,
  page: feedbackSizePage,
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
