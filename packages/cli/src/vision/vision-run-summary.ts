import { statSync } from "node:fs";
import { join } from "node:path";
import { memoryStats } from "@vpt/backend";
import { readLog } from "@vpt/core/run";
import type { MethodSummary, Metric, RunSummary, Scores } from "@vpt/train";
import type { VisionConfig, VisionSummary } from "@vpt/train/vision";

const metrics: readonly Metric[] = [
  { name: "mIoU", label: "mIoU", higherIsBetter: true },
  { name: "rmse", label: "depth RMSE, m", higherIsBetter: false },
  { name: "delta1", label: "δ1", higherIsBetter: true },
];

/** The summary of a vision run as every report reads it: `format: 2`, as language runs write it. */
export function visionRunSummary(vision: VisionSummary, config: VisionConfig, out: string): RunSummary {
  const { backend, seed, steps, images, leftOut, stall, before, methods } = vision;
  const present = metrics.filter(({ name }) => scoresOf(before).metrics[name] !== undefined);
  const skipped = Object.fromEntries(Object.entries(leftOut).filter(([, count]) => count > 0));
  return {
    format: 2,
    kind: "vision",
    model: typeof config.model === "string" ? config.model : `ViT, ${config.model.layers} layers`,
    backend,
    seed,
    steps,
    unit: "images",
    data: images,
    metrics: present,
    primaryMetric: present[0]?.name ?? "mIoU",
    before: scoresOf(before),
    methods: methods.map((own): MethodSummary => {
      const timings = readLog(join(out, own.method, "timings.jsonl"));
      return {
        method: own.method,
        seconds: timings.reduce((sum, line) => sum + Number(line["seconds"]), 0),
        secondsPerStep: own.secondsPerStep,
        units: steps * config.batchSize,
        skipped: 0,
        scores: scoresOf(own),
      };
    }),
    ...(Object.keys(skipped).length > 0 && { skippedSamples: skipped }),
    stall,
    peakResidentBytes: memoryStats().peakResident,
    finishedAt: statSync(join(out, "summary.json")).mtime.toISOString(),
  };
}

const scoresOf = ({ mIoU, rmse, delta1 }: VisionSummary["before"]): Scores => ({
  metrics: {
    ...(mIoU !== undefined && { mIoU }),
    ...(rmse !== undefined && { rmse }),
    ...(delta1 !== undefined && { delta1 }),
  },
});
