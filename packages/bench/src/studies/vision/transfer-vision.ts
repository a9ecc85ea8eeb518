import type { Progress, RunCallback } from "@vpt/train";
import { visionShapeOf, type VisionMethod } from "@vpt/train/vision";
import { describeDifference, meanOf, pairedDifference } from "../paired-difference.js";
import { differenceFigure } from "../difference-figure.js";
import { markdownTable } from "../page.js";
import { seedStudy, type SeedStudyPage } from "../seed-study.js";
import { planVision } from "./plan-vision.js";
import { renderedRetrieval, scoreRetrieval } from "./rendered-retrieval.js";
import { runVision } from "./run-vision.js";
import { visionScales, visionSettings } from "./vision-scales.js";

const protocols = ["easy", "medium", "hard"] as const;
type Scores = Readonly<Record<(typeof protocols)[number], number>>;
/** The backbones that are asked. */
const methods = ["baseline", "value", "tilt", "random-tilt", "random-mask"] as const satisfies readonly VisionMethod[];
const retrievalSettings = { rooms: 48, seed: 900 } as const;

const settingsOf = (scale: string) => visionSettings(scale, "transfer-vision", { methods: [...methods] });

/** One seed's mAP by method, and the start's. */
export interface TransferVisionRow {
  readonly seed: number;
  readonly before: Scores;
  readonly methods: Partial<Record<VisionMethod, Scores>>;
}

/** All methods of a seed, asked for rooms that no pool holds. */
export async function runTransferVisionSeed(
  seed: number,
  progress: Progress,
  scale: string,
  folder?: string,
): Promise<TransferVisionRow> {
  const config = { ...settingsOf(scale), seed };
  const benchmark = renderedRetrieval({ ...retrievalSettings, side: config.crops.globalSize });
  const found: Record<string, Scores> = {};
  const retrieval: RunCallback = {
    onMethodEnd: async ({ method, state }) => {
      found[method] = await scoreRetrieval(benchmark, visionShapeOf(config), state.params);
    },
  };
  await runVision(config, { folder, progress, callbacks: [retrieval] });
  const { pretrain, ...scored } = found;
  return { seed, before: pretrain!, methods: scored };
}

/** Means, and differences to the baseline paired by seed. */
export function summarizeTransferVision(rows: readonly TransferVisionRow[]) {
  const methods = Object.keys(rows[0]!.methods) as VisionMethod[];
  const of = (method: VisionMethod, protocol: keyof Scores): number[] =>
    rows.map((row) => row.methods[method]![protocol]);
  const each = <T>(make: (protocol: keyof Scores) => T) =>
    Object.fromEntries(protocols.map((protocol) => [protocol, make(protocol)])) as Record<keyof Scores, T>;
  return {
    seeds: rows.map(({ seed }) => seed),
    before: rows[0]!.before,
    mean: Object.fromEntries(methods.map((method) => [method, each((protocol) => meanOf(of(method, protocol)))])),
    againstBaseline: Object.fromEntries(
      methods
        .filter((method) => method !== "baseline")
        .map((method) => [
          method,
          each((protocol) => pairedDifference(of(method, protocol), of("baseline", protocol))),
        ]),
    ),
    failures: [] as readonly string[],
  };
}

function transferVisionPage(
  summary: ReturnType<typeof summarizeTransferVision> & { readonly scale: string },
): SeedStudyPage {
  const { seeds, before, mean, againstBaseline, scale } = summary;
  const scores = (of: Scores): string[] => protocols.map((protocol) => of[protocol].toFixed(4));
  const differences = Object.entries(againstBaseline).map(([method, each]) => [
    method,
    ...protocols.map((protocol) => describeDifference(each[protocol], 4)),
  ]);
  return {
    title: `transfer-vision, ${scale}: retrieval`,
    alt: "Differences in mAP with their intervals",
    answer: `mAP easy minus the baseline's: ${differences.map(([method, easy]) => `${method} ${easy}`).join("; ")}.`,
    body: [
      markdownTable(
        ["method", ...protocols],
        [["start", ...scores(before)], ...Object.entries(mean).map(([method, of]) => [method, ...scores(of)])],
      ),
      markdownTable(["− baseline", ...protocols], differences),
      `Differences to the baseline are paired; Student's 95 % intervals over ${seeds.length} seeds.`,
      "The paper's table 2, ViT-L: Oxford .5268/.4072/.0867 → .6048/.4557/.0820, Paris " +
        ".5433/.6332/.2208 → .5973/.7005/.2509.",
    ],
  };
}

const transferVisionFigure = ({ againstBaseline }: ReturnType<typeof summarizeTransferVision>): Promise<string> =>
  differenceFigure(
    protocols.map((protocol) => ({
      title: `mAP ${protocol} − baseline (right is better)`,
      differences: Object.fromEntries(
        Object.entries(againstBaseline).map(([method, each]) => [method, each[protocol]]),
      ),
    })),
  );

/** Paper table 2, the vision half. */
export const transferVisionStudy = seedStudy({
  name: "transfer-vision",
  scales: visionScales,
  planned: ["paper"],
  seeds: 6,
  firstSeed: 1,
  settings: (scale) => ({ retrieval: retrievalSettings, ...settingsOf(scale) }),
  row: runTransferVisionSeed,
  summarize: summarizeTransferVision,
  page: transferVisionPage,
  figure: transferVisionFigure,
  plan: (scale, seeds) => planVision("transfer-vision", scale, seeds),
});
