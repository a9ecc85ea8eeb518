import { holm as adjust, signFlipTest } from "@vpt/eval/statistics";
import type { Progress } from "@vpt/train";
import type { VisionMethod } from "@vpt/train/vision";
import { describeDifference, meanOf, pairedDifference, type Difference } from "../paired-difference.js";
import { differenceFigure } from "../difference-figure.js";
import { markdownTable } from "../page.js";
import { seedStudy, type SeedStudyPage } from "../seed-study.js";
import { planVision } from "./plan-vision.js";
import { runVision, type DenseScores } from "./run-vision.js";
import { visionScales, visionSettings } from "./vision-scales.js";

type MethodScores = DenseScores & { readonly secondsPerStep: number };

/** One seed's scores, all methods, and the start's. */
export interface MainVisionRow {
  readonly seed: number;
  readonly before: DenseScores;
  readonly methods: Partial<Record<VisionMethod, MethodScores>>;
}

/**
 * A paired difference over seeds with its exact sign-flip p; Holm's adjustment is over the comparisons of one metric.
 */
interface Compared extends Difference {
  readonly p: number;
  readonly holm: number;
}

const metrics = ["mIoU", "rmse"] as const;
/** What is compared, first minus second. */
const pairs = [
  ["value", "baseline"],
  ["value", "random-direction"],
  ["value", "random-mask"],
  ["random-direction", "baseline"],
  ["random-mask", "baseline"],
  ["tilt", "baseline"],
  ["tilt", "random-tilt"],
  ["random-tilt", "baseline"],
  ["oracle", "baseline"],
] as const satisfies readonly (readonly [VisionMethod, VisionMethod])[];

/** Trains and scores all methods of a seed from one start. */
export async function runMainVisionSeed(
  seed: number,
  progress: Progress,
  scale: string,
  folder?: string,
): Promise<MainVisionRow> {
  const config = { ...visionSettings(scale, "main-vision"), seed };
  const { before, methods } = await runVision(config, { folder, progress });
  const scored = methods.map(({ method, scores, secondsPerStep }) => [method, { ...scores.metrics, secondsPerStep }]);
  return { seed, before: before.metrics, methods: Object.fromEntries(scored) as MainVisionRow["methods"] };
}

/** Means and paired differences of the rows. */
export function summarizeMainVision(rows: readonly MainVisionRow[]) {
  const methods = Object.keys(rows[0]!.methods) as VisionMethod[];
  const of = (method: VisionMethod, metric: (typeof metrics)[number] | "secondsPerStep"): number[] =>
    rows.flatMap((row) => row.methods[method]?.[metric] ?? []);
  const shown = metrics.filter((metric) => of(methods[0]!, metric).length > 0);
  const compare = (metric: (typeof metrics)[number]): Record<string, Compared> => {
    const there = pairs.filter((pair) => pair.every((method) => methods.includes(method)));
    const raw = there.map(([first, second]) => {
      const [a, b] = [of(first, metric), of(second, metric)];
      return { name: `${first}/${second}`, ...pairedDifference(a, b), p: signFlipTest(a.map((x, i) => x - b[i]!)).p };
    });
    const adjusted = adjust(raw.map(({ p }) => p));
    return Object.fromEntries(raw.map(({ name, ...rest }, i) => [name, { ...rest, holm: adjusted[i]! }]));
  };
  return {
    seeds: rows.map(({ seed }) => seed),
    before: rows[0]!.before,
    mean: Object.fromEntries(
      methods.map((method) => [
        method,
        {
          mIoU: meanOf(of(method, "mIoU")),
          ...(shown.includes("rmse") && { rmse: meanOf(of(method, "rmse")) }),
          secondsPerStep: meanOf(of(method, "secondsPerStep")),
        },
      ]),
    ) as Record<VisionMethod, { readonly mIoU: number; readonly rmse?: number; readonly secondsPerStep: number }>,
    paired: Object.fromEntries(shown.map((metric) => [metric, compare(metric)])),
    failures: [] as readonly string[],
  };
}

function mainVisionPage(summary: ReturnType<typeof summarizeMainVision> & { readonly scale: string }): SeedStudyPage {
  const { seeds, before, mean, paired, scale } = summary;
  const hasDepth = before.rmse !== undefined;
  const resolved = Object.entries(paired).flatMap(([metric, all]) =>
    Object.entries(all).flatMap(([name, { ci95 }]) =>
      ci95 && ci95[0] * ci95[1] > 0 ? [`${metric} ${name.replace("/", " − ")}`] : [],
    ),
  );
  const row = (method: string, mIoU: number, rmse?: number, seconds?: number): string[] => [
    method,
    mIoU.toFixed(4),
    ...(hasDepth ? [rmse!.toFixed(4)] : []),
    seconds?.toFixed(3) ?? "",
  ];
  const differences = Object.entries(paired).flatMap(([metric, all]) =>
    Object.entries(all).map(([name, { p, holm, ...difference }]) => [
      name.replace("/", " − "),
      metric,
      describeDifference(difference, 4),
      p.toFixed(3),
      holm.toFixed(3),
    ]),
  );
  return {
    title: `main-vision, ${scale}: ${scale === "small" ? "CamVid" : "rendered rooms"}`,
    alt: `Differences in mIoU${hasDepth ? " and depth RMSE" : ""} with their intervals`,
    answer:
      resolved.length === 0
        ? `No difference is significant in ${seeds.length} seeds: every interval holds zero.`
        : `Intervals without zero in ${seeds.length} seeds: ${resolved.join(", ")}.`,
    body: [
      markdownTable(
        ["method", "mIoU", ...(hasDepth ? ["depth RMSE, m"] : []), "s a step"],
        [
          row("start", before.mIoU!, before.rmse),
          ...Object.entries(mean).map(([method, of]) => row(method, of.mIoU, of.rmse, of.secondsPerStep)),
        ],
      ),
      markdownTable(["difference", "metric", "mean and interval", "p", "Holm"], differences),
      "Differences are paired by seed: mean and Student's 95 % interval, p of the exact sign flip, " +
        "Holm's adjustment within a metric. The closed form is the method `tilt`; `random-direction` and " +
        "`random-tilt` are value and tilt with a random direction for g_down.",
      "The paper's (H100, other scale and data): ViT-B, ADE20K mIoU 48.82 → 49.60, NYUv2 RMSE 0.5888 → 0.5697 m.",
    ],
  };
}

/** The compared pairs, a panel a metric. */
const mainVisionFigure = ({ paired }: ReturnType<typeof summarizeMainVision>): Promise<string> => {
  const titles = { mIoU: "mIoU, difference (right is better)", rmse: "depth RMSE, m, difference (left is better)" };
  return differenceFigure(
    Object.entries(paired).map(([metric, all]) => ({
      title: titles[metric as keyof typeof titles],
      differences: Object.fromEntries(Object.entries(all).map(([name, each]) => [name.replace("/", " − "), each])),
    })),
  );
};

/** Paper table 1, the vision half. */
export const mainVisionStudy = seedStudy({
  name: "main-vision",
  scales: visionScales,
  planned: ["paper"],
  seeds: 6,
  firstSeed: 1,
  settings: (scale) => ({ ...visionSettings(scale, "main-vision") }),
  row: runMainVisionSeed,
  summarize: summarizeMainVision,
  page: mainVisionPage,
  figure: mainVisionFigure,
  plan: (scale, seeds) => planVision("main-vision", scale, seeds),
});
