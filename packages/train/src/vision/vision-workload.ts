import type { VisionBatch, VisionView } from "@vpt/vision";
import { describeVisionPlan, planVisionRun } from "../plan/plan-vision-run.js";
import type { Metric, Scores } from "../run-summary.js";
import type { OpenWorkload, Workload } from "../workload.js";
import { visionConfigSchema, type VisionConfig } from "./config.js";
import { scoreVision } from "./score-vision.js";
import { initialVision, type VisionModel } from "./start-vision.js";
import { visionArtifacts } from "./vision-artifacts.js";
import { loadPools, type VisionPools } from "./vision-data.js";
import { visionPlans } from "./vision-plans.js";

const mIoU: Metric = { name: "mIoU", label: "mIoU", higherIsBetter: true };
const knn: Metric = { name: "knn", label: "patch kNN accuracy", higherIsBetter: true };
const rmse: Metric = { name: "rmse", label: "depth RMSE, m", higherIsBetter: false };
const delta1: Metric = { name: "delta1", label: "δ1", higherIsBetter: true };

/**
 * Continued DINO pretraining of a vision transformer, the workload of `defineVisionConfig` files.
 *
 * @example
 * ```ts
 * import { parseConfig, runExperiment } from "@vpt/train";
 * import { visionWorkload } from "@vpt/train/vision";
 * const config = parseConfig(visionWorkload.schema, { kind: "vision", steps: 60 }, "my config");
 * await runExperiment(visionWorkload, config, { out: "runs/vision" });
 * ```
 * @category running
 */
export const visionWorkload: Workload<VisionConfig, VisionBatch, VisionView> = {
  kind: "vision",
  schema: visionConfigSchema,
  async open(run, { progress }) {
    const pools = await loadPools(run, progress.log);
    return openVision(run, pools, await initialVision(run, progress));
  },
  plan(run, where) {
    const plan = planVisionRun(run);
    return { plan, text: describeVisionPlan(plan, where) };
  },
};

function openVision(run: VisionConfig, pools: VisionPools, model: VisionModel): OpenWorkload<VisionBatch, VisionView> {
  const { config, params, trainable } = model;
  return {
    params,
    trainable,
    unit: "images",
    model:
      typeof run.model === "string" ? run.model : `a fresh ViT, ${run.model.layers} blocks of ${run.model.hiddenSize}`,
    data: dataSizes(pools),
    metrics: [...(pools.classes.length > 0 ? [mIoU, knn] : []), ...(pools.hasDepth ? [rmse, delta1] : [])],
    primaryMetric: pools.classes.length > 0 ? mIoU : rmse,
    ...visionPlans(run, pools, model),
    async evaluate(current, { quick }) {
      const probe = quick
        ? { ...run, linearProbe: { ...run.linearProbe, steps: Math.min(50, run.linearProbe.steps) } }
        : run;
      const result = await scoreVision(config, current, probe, pools);
      return asScores(result.scores, pools.classes);
    },
    artifacts: async (method, state, when) =>
      when === "end" ? visionArtifacts(method, state, { run, pools, model }) : [],
    skippedSamples: () => ({ labelled: pools.skipped }),
  };
}

const dataSizes = (pools: VisionPools): Record<string, number> =>
  Object.fromEntries(
    (["unlabeled", "evaluatorHeads", "feedback", "linearProbe", "test"] as const).map((name) => [
      name,
      pools[name].length,
    ]),
  );

/** mIoU, kNN accuracy, RMSE and δ1 as metrics, with the IoU of each class by name. */
const asScores = (
  { mIoU: mean, iou, knn: accuracy, rmse: error, delta1: close }: Awaited<ReturnType<typeof scoreVision>>["scores"],
  classes: readonly string[],
): Scores => ({
  metrics: Object.fromEntries(
    Object.entries({
      mIoU: mean,
      knn: accuracy,
      rmse: error,
      delta1: close,
      ...Object.fromEntries(iou.map((value, i) => [`iou/${classes[i]}`, Number.isNaN(value) ? undefined : value])),
    }).filter((entry): entry is [string, number] => entry[1] !== undefined),
  ),
});
