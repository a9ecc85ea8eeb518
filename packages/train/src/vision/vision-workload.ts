import * as tf from "@tensorflow/tfjs";
import { processGroup } from "@vpt/backend";
import { accumulateGradients, fromSteps, mapParams, type BatchSource, type Params, type TrainState } from "@vpt/core";
import { dinoCollapseDetector, initDinoAuxiliary, type VisionBatch, type VisionView } from "@vpt/vision";
import { describeVisionPlan, planVisionRun } from "../plan/plan-vision-run.js";
import type { Artifact, Metric, Scores } from "../run-summary.js";
import type { MethodPlan, OpenWorkload, Workload } from "../workload.js";
import { visionConfigSchema, type VisionConfig } from "./config.js";
import { maskFigure, predictionFigure } from "./figures.js";
import { scoreVision } from "./score-vision.js";
import { shardVisionBatch } from "./shard-vision-batch.js";
import { batchesOf, initialVision, pretrainOptions, type VisionModel } from "./start-vision.js";
import { cleanPools, visionMethodOptions } from "./train-vision-method.js";
import { loadPools, type VisionPools } from "./vision-data.js";

const mIoU: Metric = { name: "mIoU", label: "mIoU", higherIsBetter: true };
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
  const sources: BatchSource<unknown>[] = [];
  const batchesFor = (pool: VisionPools, seed: number, hasMeta: boolean) => {
    const skipped: { name: string; reason: string }[] = [];
    const crops = batchesOf(run, pool, config, seed, { onBad: (bad) => void skipped.push(bad), hasMeta });
    const group = processGroup();
    const source = fromSteps(async (step) => (group ? shardVisionBatch(await crops.at(step), group) : crops.at(step)), {
      close: () => crops.close(),
    });
    sources.push(source);
    const batches = run.gradientAccumulation > 1 ? accumulateGradients(source, run.gradientAccumulation) : source;
    return { batches, skippedSamples: () => skipped };
  };
  const planOf = (
    step: MethodPlan<VisionBatch, VisionView>["step"],
    batches: Pick<MethodPlan<VisionBatch, VisionView>, "batches" | "skippedSamples">,
  ): MethodPlan<VisionBatch, VisionView> => {
    const group = processGroup();
    return {
      step: group ? { ...step, allReduce: group.allReduce } : step,
      ...batches,
      unitsPerStep: run.batchSize * run.gradientAccumulation,
      detectors: [dinoCollapseDetector({ outputs: run.projectionHead.outputSize })],
    };
  };
  return {
    params,
    trainable,
    unit: "images",
    model:
      typeof run.model === "string" ? run.model : `a fresh ViT, ${run.model.layers} blocks of ${run.model.hiddenSize}`,
    data: dataSizes(pools),
    metrics: [...(pools.classes.length > 0 ? [mIoU] : []), ...(pools.hasDepth ? [rmse, delta1] : [])],
    primaryMetric: pools.classes.length > 0 ? mIoU : rmse,
    method(method) {
      const { step, evaluator } = visionMethodOptions(method, run, model, pools);
      const hasMeta = step.value !== undefined && !step.designer.closedFormTask;
      const plan = planOf(step, batchesFor(method.name === "oracle" ? cleanPools(pools) : pools, run.seed, hasMeta));
      return {
        ...plan,
        initial: (start) => {
          const fresh = initDinoAuxiliary(start.params, { evaluator, seed: run.seed });
          if (!start.auxiliary["teacher"]) return fresh;
          tf.dispose([fresh.auxiliary["teacher"], fresh.auxiliary["centre"]] as tf.TensorContainer);
          const { teacher, centre } = start.auxiliary;
          return { ...fresh, auxiliary: { ...fresh.auxiliary, teacher: copies(teacher!), centre: copies(centre!) } };
        },
      };
    },
    pretrain: () => ({
      ...planOf(pretrainOptions(run, config), batchesFor(pools, run.startSeed - 1, false)),
      seed: run.startSeed,
      initial: (start) => initDinoAuxiliary(start.params),
    }),
    async evaluate(current, { quick }) {
      const probe = quick
        ? { ...run, linearProbe: { ...run.linearProbe, steps: Math.min(50, run.linearProbe.steps) } }
        : run;
      const result = await scoreVision(config, current, probe, pools);
      return asScores(result.scores, pools.classes);
    },
    artifacts: async (method, state, when) => (when === "end" ? figuresOf(method, state, { run, pools, model }) : []),
    skippedSamples: () => ({ labelled: pools.skipped }),
    async close() {
      for (const source of sources) await source.close?.();
    },
  };
}

const copies = (params: Params): Params => mapParams(params, (tensor) => tensor.clone());

const dataSizes = (pools: VisionPools): Record<string, number> =>
  Object.fromEntries(
    (["unlabeled", "evaluatorHeads", "feedback", "linearProbe", "test"] as const).map((name) => [
      name,
      pools[name].length,
    ]),
  );

/** mIoU, RMSE and δ1 as metrics, with the IoU of each class by name. */
const asScores = (
  { mIoU: mean, iou, rmse: error, delta1: close }: Awaited<ReturnType<typeof scoreVision>>["scores"],
  classes: readonly string[],
): Scores => ({
  metrics: Object.fromEntries(
    Object.entries({
      mIoU: mean,
      rmse: error,
      delta1: close,
      ...Object.fromEntries(iou.map((value, i) => [`iou/${classes[i]}`, Number.isNaN(value) ? undefined : value])),
    }).filter((entry): entry is [string, number] => entry[1] !== undefined),
  ),
});

/** `predictions.png` of every method, `masks.png` of one whose designer is learned. */
async function figuresOf(
  method: string,
  state: TrainState,
  {
    run,
    pools,
    model,
  }: {
    readonly run: VisionConfig;
    readonly pools: VisionPools;
    readonly model: VisionModel;
  },
): Promise<Artifact[]> {
  const { shown } = await scoreVision(model.config, state.params, run, pools);
  const predictions = { name: "predictions.png", data: predictionFigure(shown, pools.classes.length) };
  if (method !== "value") return [predictions];
  const batches = batchesOf({ ...run, loader: { ...run.loader, workers: 0 } }, pools, model.config, run.seed);
  const batch = await batches.at(run.steps);
  await batches.close();
  const { designer } = visionMethodOptions({ name: method }, run, model, pools).step;
  const masks = await maskFigure(designer, state.designerParams, batch, run.designer.blur);
  tf.dispose(batch as unknown as tf.TensorContainer);
  return [predictions, { name: "masks.png", data: masks }];
}
