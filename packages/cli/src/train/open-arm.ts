import * as tf from "@tensorflow/tfjs";
import { adamW, warmupCosine, type Params, type TrainStepOptions } from "@vpt/core";
import {
  causalLearner,
  collate,
  exampleBatches,
  nextTokenTask,
  tailNames,
  type Example,
  type LanguageBatch,
  type LanguageView,
} from "@vpt/lang";
import type { Arm, RunConfig } from "../config/run-config.js";
import { armParts } from "./arm-parts.js";
import { compile } from "./compile.js";
import type { Prepared } from "./prepare.js";

/** An arm before its first step: how it steps, on what, and what it is probed with. */
export interface OpenArm {
  readonly options: TrainStepOptions<LanguageBatch, LanguageView> & {
    readonly designerOptimizer: ReturnType<typeof adamW>;
  };
  readonly trainable: readonly string[];
  /** The rows it trains on: the stream, but for supervised fine-tuning. */
  readonly rows: readonly Example[];
  readonly batches: ReturnType<typeof exampleBatches>;
  /** The downstream loss on the probe rows, and the batch it holds; undefined without probe rows. */
  readonly probe: { readonly downstream: (params: Params) => tf.Scalar; readonly batch: LanguageBatch } | undefined;
}

/** Puts together what `vpt train` and `vpt probe` need of one arm. The caller frees the probe's batch. */
export function openArm({ model, from, sets }: Prepared, arm: Arm, run: RunConfig): OpenArm {
  const { config } = model;
  const trainable = tailNames(config, run.lastBlocks);
  const collation = { loss: run.loss, ...fewShapes, ...(from > 0 && { from }) };
  const { trainOn, ...parts } = armParts(arm, model, {
    run,
    subset: trainable,
    feedback: { examples: sets.feedback, batchSize: run.value.feedbackBatchSize, ...collation, compile },
  });
  const rows = trainOn ?? sets.stream;
  const learner = causalLearner(config);
  const batch = sets.probe.length > 0 ? collate(sets.probe, { loss: run.loss, ...(from > 0 && { from }) }) : undefined;
  const { learningRate, warmupSteps, clipNorm } = run.learner;
  return {
    trainable,
    rows,
    batches: exampleBatches(rows, { batchSize: run.batchSize, seed: run.seed, ...collation }),
    probe: batch && { batch, downstream: (params) => learner.loss(params, batch, () => nextTokenTask(batch)) },
    options: {
      compile,
      learner,
      ...parts,
      optimizer: adamW(run.learner),
      learningRate: warmupCosine({ peak: learningRate, steps: run.steps, warmupSteps }),
      clipNorm,
    },
  };
}

/** Each shape of batch is traced once: padding to few shapes costs less than tracing many. */
const fewShapes = { multiple: 64, positionMultiple: 128 };
