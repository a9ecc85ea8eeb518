import { mkdirSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { useBackend } from "@vpt/backend";
import { appendLog, writeDurably } from "@vpt/core/run";
import { pairedTInterval, signFlipTest } from "@vpt/eval/statistics";
import type { VisionStepOptions } from "@vpt/vision";
import type { Progress } from "../progress.js";
import type { Study } from "./index.js";
import { describeScores } from "../vision/run-vision.js";
import { armOptions, runVisionArm } from "../vision/run-vision-arm.js";
import { scoreVision, type VisionScores } from "../vision/score-vision.js";
import { startVision } from "../vision/start-vision.js";
import {
  visionConfigSchema,
  type VisionArm,
  type VisionConfig,
  type VisionConfigInput,
} from "../vision/vision-config.js";
import { loadPools } from "../vision/vision-data.js";

/** Scales of `vpt repro main-vision`: rendered rooms, CamVid. */
export const visionScales = ["tiny", "small"] as const;

const settings: Record<(typeof visionScales)[number], VisionConfigInput> = {
  tiny: { kind: "vision" },
  small: {
    kind: "vision",
    data: { pairs: "../shared/data/camvid", classes: 11, heads: 96, feedback: 96, size: [96, 128], streamSize: 96 },
    model: { hiddenSize: 96, layers: 6, heads: 3, patchSize: 8 },
    crops: { globalSize: 64, localSize: 32 },
    warmup: { steps: 150 },
    steps: 40,
    tasks: { segmentation: 1, depth: 0 },
  },
};

/** One seed's scores, all arms. */
export interface VisionRow {
  readonly seed: number;
  readonly arms: Partial<Record<VisionArm, VisionScores & { readonly secondsPerStep: number }>>;
}

/** What `vpt repro main-vision` found. */
export interface MainVision {
  readonly scale: string;
  readonly seeds: readonly number[];
  readonly backend: string;
  readonly seconds: number;
  readonly before: VisionScores;
  readonly mean: Readonly<
    Record<string, { readonly mIoU: number; readonly rmse?: number; readonly secondsPerStep: number }>
  >;
  /** By `arm-baseline` and metric: mean difference, 95 % t-interval over seeds, exact sign-flip p. */
  readonly paired: Readonly<Record<string, Readonly<Record<string, Paired>>>>;
  readonly paper: string;
}
interface Paired {
  readonly mean: number;
  readonly ci95: readonly [number, number];
  readonly p: number;
}

/** What to run. */
export interface MainVisionOptions {
  readonly scale: (typeof visionScales)[number];
  readonly seeds: number;
  readonly firstSeed?: number;
  readonly out: string;
  readonly progress: Progress;
  /** Changes to the scale's configuration. */
  readonly overrides?: Partial<VisionConfigInput>;
}

/** The configuration of a scale. */
export const visionSettings = (
  scale: MainVisionOptions["scale"],
  overrides: Partial<VisionConfigInput> = {},
): VisionConfig => visionConfigSchema.parse({ ...settings[scale], ...overrides });

/**
 * Paper table 1's vision half at a small scale: arms paired by seed (designer, crops, order, heads and probe follow the seed; model and
 * warm-up are shared), scored by linear-BN probes on the frozen backbone. Leaves `rows.jsonl` and `main-vision.json`.
 */
export async function mainVision({
  scale,
  seeds,
  firstSeed = 1,
  out,
  progress,
  overrides,
}: MainVisionOptions): Promise<MainVision> {
  const began = performance.now();
  const base = visionSettings(scale, overrides);
  mkdirSync(out, { recursive: true });
  await writeDurably(join(out, "config.json"), JSON.stringify(base, null, 2));
  await writeDurably(join(out, "rows.jsonl"), "");
  const { device, threads } = base.backend;
  const backend = await useBackend({ device, ...(threads !== undefined && { threads }), log: progress.say });
  const pools = await loadPools(base, progress.say);
  const start = await startVision(base, pools, progress);
  const before = (await scoreVision(start.config, start.params, base, pools)).scores;
  progress.say(`before: ${describeScores(before)}`);
  const options = new Map<VisionArm, VisionStepOptions>();
  const rows: VisionRow[] = [];
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    const run = { ...base, seed };
    const arms: VisionRow["arms"] = {};
    for (const arm of base.arms) {
      const step = options.get(arm) ?? armOptions(arm, run, start, pools);
      options.set(arm, step);
      const times: number[] = [];
      const { train } = await runVisionArm(start, pools, {
        arm,
        run,
        options: step,
        onStep: (metrics, { seconds }) => {
          times.push(seconds);
          progress.update(
            `seed ${seed} ${arm} ${metrics["step"]! + 1}/${run.steps} loss ${metrics["loss"]!.toFixed(3)}`,
          );
        },
      });
      const { scores } = await scoreVision(start.config, train.params, run, pools);
      arms[arm] = { ...scores, secondsPerStep: times.sort((a, b) => a - b)[times.length >> 1]! };
      progress.say(`seed ${seed} ${arm}: ${describeScores(scores)}`);
      const kept = new Set(Object.values(start.params));
      const groups = [
        train.params,
        train.designerParams,
        train.optimizer.first,
        train.optimizer.second,
        train.feedbackAverage,
      ];
      tf.dispose(groups.flatMap((group) => Object.values(group)).filter((tensor) => !kept.has(tensor)));
    }
    rows.push({ seed, arms });
    appendLog(join(out, "rows.jsonl"), { seed, arms } as never);
  }
  const seconds = (performance.now() - began) / 1000;
  const result = summarize(rows, base.arms, { scale, before, seconds, backend: `${backend.name} ${backend.device}` });
  await writeDurably(join(out, "main-vision.json"), JSON.stringify(result, null, 2));
  return result;
}

/** Means and paired differences of the rows. */
export function summarize(
  rows: readonly VisionRow[],
  arms: readonly VisionArm[],
  rest: Pick<MainVision, "scale" | "before" | "seconds" | "backend">,
): MainVision {
  const values = (arm: VisionArm, metric: "mIoU" | "rmse" | "secondsPerStep"): number[] =>
    rows.flatMap((row) => row.arms[arm]?.[metric] ?? []);
  const mean = (all: readonly number[]): number => all.reduce((sum, value) => sum + value, 0) / all.length;
  const metrics = (["mIoU", "rmse"] as const).filter((metric) => values(arms[0]!, metric).length > 0);
  const compare = (arm: VisionArm, metric: "mIoU" | "rmse"): Paired => {
    const [a, b] = [values(arm, metric), values("baseline", metric)];
    const { value, ci95 } = pairedTInterval(a, b);
    return { mean: value, ci95, p: signFlipTest(a.map((x, i) => x - b[i]!)).p };
  };
  const others = rows.length > 1 && arms.includes("baseline") ? arms.filter((arm) => arm !== "baseline") : [];
  return {
    ...rest,
    seeds: rows.map(({ seed }) => seed),
    mean: Object.fromEntries(
      arms.map((arm) => [
        arm,
        {
          mIoU: mean(values(arm, "mIoU")),
          ...(metrics.includes("rmse") && { rmse: mean(values(arm, "rmse")) }),
          secondsPerStep: mean(values(arm, "secondsPerStep")),
        },
      ]),
    ),
    paired: Object.fromEntries(
      others.map((arm) => [
        `${arm}-baseline`,
        Object.fromEntries(metrics.map((metric) => [metric, compare(arm, metric)])),
      ]),
    ),
    paper: "ViT-B ADE20K mIoU 48.82 → 49.60, NYUv2 RMSE 0.5888 → 0.5697 (H100, other scale and data)",
  };
}

/** The result as text. */
export const describeMainVision = ({ mean, paired, before, seeds, seconds, scale, paper }: MainVision): string => {
  const signed = (x: number): string => `${x < 0 ? "" : "+"}${x.toFixed(4)}`;
  const lines = Object.entries(mean).map(([arm, scores]) => {
    const versus = Object.entries(paired[`${arm}-baseline`] ?? {}).map(
      ([metric, { mean: m, ci95, p }]) =>
        `${metric} ${signed(m)} [${signed(ci95[0])}, ${signed(ci95[1])}] p ${p.toFixed(3)}`,
    );
    return `${arm}: ${describeScores({ ...scores, iou: [] })}, ${scores.secondsPerStep.toFixed(2)} s a step${versus.length > 0 ? `; against baseline ${versus.join(", ")}` : ""}`;
  });
  return [
    `main-vision, ${scale}, ${seeds.length} seeds, ${seconds.toFixed(0)} s`,
    `start: ${describeScores(before)}`,
    ...lines,
    `paper: ${paper}`,
  ].join("\n");
};

/** `vpt repro main-vision`: a folder `runs/repro/main-vision-<scale>` keeps the rows as they come. */
export const mainVisionStudy: Study = {
  scales: visionScales,
  run: async ({ scale, seeds, firstSeed, progress }) => {
    const result = await mainVision({
      scale: scale as MainVisionOptions["scale"],
      seeds: seeds ?? 6,
      ...(firstSeed !== undefined && { firstSeed }),
      out: join("runs", "repro", `main-vision-${scale}`),
      progress,
    });
    return { json: { ...result }, text: describeMainVision(result), failures: [] };
  },
};
