import * as tf from "@tensorflow/tfjs";
import { processGroup } from "@vpt/backend";
import { accumulateGradients, cloneParams, fromSteps, type BatchSource } from "@vpt/core";
import { dinoCollapseDetector, initDinoAuxiliary, type VisionBatch, type VisionView } from "@vpt/vision";
import type { MethodPlan, MethodStart, OpenWorkload, SkippedRow } from "../workload.js";
import type { VisionConfig } from "./config.js";
import { downstreamProbe } from "./downstream-probe.js";
import { shardVisionBatch } from "./shard-vision-batch.js";
import { batchesOf, pretrainOptions, type VisionModel } from "./start-vision.js";
import { cleanPools, type VisionPools } from "./vision-data.js";
import { visionMethodOptions, type VisionMethodOptions } from "./vision-method-options.js";

type Plan = MethodPlan<VisionBatch, VisionView>;

/** Plans the methods of a run and the pretraining before them; `close` closes the batches of all. */
export function visionPlans(
  run: VisionConfig,
  pools: VisionPools,
  model: VisionModel,
): Required<Pick<OpenWorkload<VisionBatch, VisionView>, "method" | "pretrain" | "close">> {
  const sources: BatchSource<unknown>[] = [];
  const planOf = (step: Plan["step"], pool: VisionPools, seed: number, hasMeta: boolean): Plan => {
    const group = processGroup();
    const skipped: SkippedRow[] = [];
    const source = cropSource(run, pool, model, { seed, hasMeta, onBad: (bad) => void skipped.push(bad) });
    sources.push(source);
    return {
      step: group ? { ...step, allReduce: group.allReduce } : step,
      batches: run.gradientAccumulation > 1 ? accumulateGradients(source, run.gradientAccumulation) : source,
      skippedSamples: () => skipped,
      unitsPerStep: run.batchSize * run.gradientAccumulation,
      detectors: [dinoCollapseDetector({ outputs: run.projectionHead.outputSize })],
    };
  };
  return {
    method(method, { steps } = run) {
      const { step, evaluator } = visionMethodOptions(method, { ...run, steps }, model, pools);
      const hasMeta = step.value !== undefined && !step.designer.closedFormTask;
      const seen = method.name === "oracle" ? cleanPools(pools) : pools;
      return {
        ...planOf(step, seen, run.seed, hasMeta),
        initial: (start) => initialAuxiliary(start, evaluator, run.seed),
        probeAt: async (params) => downstreamProbe(model.config, params, run, pools),
      };
    },
    pretrain: () => ({
      ...planOf(pretrainOptions(run, model.config), pools, run.startSeed - 1, false),
      seed: run.startSeed,
      initial: (start) => initDinoAuxiliary(start.params),
    }),
    async close() {
      for (const source of sources) await source.close?.();
    },
  };
}

/** The crops of a run as a source; each process of several takes its share of a batch. */
function cropSource(
  run: VisionConfig,
  pool: VisionPools,
  { config }: VisionModel,
  { seed, ...options }: { readonly seed: number } & NonNullable<Parameters<typeof batchesOf>[4]>,
): BatchSource<VisionBatch> {
  const crops = batchesOf(run, pool, config, seed, options);
  const group = processGroup();
  return fromSteps(async (step) => (group ? shardVisionBatch(await crops.at(step), group) : crops.at(step)), {
    close: () => crops.close(),
  });
}

/** Fresh heads for the feedback, with teacher and centre of the pretraining where there was one. */
function initialAuxiliary(
  { params, auxiliary: { teacher, centre } }: MethodStart,
  evaluator: VisionMethodOptions["evaluator"],
  seed: number,
): ReturnType<typeof initDinoAuxiliary> {
  const fresh = initDinoAuxiliary(params, { evaluator, seed });
  if (!teacher || !centre) return fresh;
  tf.dispose([fresh.auxiliary["teacher"], fresh.auxiliary["centre"]] as tf.TensorContainer);
  return { ...fresh, auxiliary: { ...fresh.auxiliary, teacher: cloneParams(teacher), centre: cloneParams(centre) } };
}
