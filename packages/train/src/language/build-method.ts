import type * as tf from "@tensorflow/tfjs";
import {
  accumulateGradients,
  type Optimizer,
  warmupCosine,
  zipSources,
  type BatchSource,
  type Feedback,
  type MicroBatches,
  type Params,
  type TrainStepOptions,
} from "@vpt/core";
import {
  causalLearner,
  collate,
  exampleBatches,
  lmFeedback,
  nextTokenTask,
  streamBatches,
  withDropoutKeys,
  type Example,
  type LanguageBatch,
  type LanguageView,
} from "@vpt/lang";
import type { RunConfig } from "./config.js";
import type { LanguageMethod } from "@vpt/lang";
import { methodParts, type FeedbackCallbacks } from "./method-parts.js";
import { processGroup } from "@vpt/backend";
import { compile } from "../compile.js";
import { learnerOptimizer } from "../learner-optimizer.js";
import type { ResolvedMethod } from "../workload.js";
import type { LoadedExperiment } from "./load-experiment.js";
import { selectTrainable } from "./select-trainable.js";

/** A method before its first step: how it steps, on what, and what it is probed with. */
export interface BuiltMethod {
  readonly options: TrainStepOptions<LanguageBatch, LanguageView> & {
    readonly designerOptimizer: Optimizer;
  };
  readonly trainable: readonly string[];
  /** Of a row that it trains on, on average: of the stream, but for supervised fine-tuning. */
  readonly tokensPerRow: number;
  /** Rows a step. */
  readonly rowsPerStep: number;
  readonly batches: BatchSource<LanguageBatch | MicroBatches<LanguageBatch>>;
  /**
   * The downstream loss on the probe rows, the batch it holds, and feedback that draws smaller batches of the same
   * rows, where there are enough; undefined without probe rows.
   */
  readonly probe:
    | {
        readonly downstream: (params: Params) => tf.Scalar;
        readonly batch: LanguageBatch;
        readonly feedback?: Feedback;
      }
    | undefined;
}

/** Builds one method of a run: its step, its batches, its probe. The caller frees the probe's batch. */
export function buildMethod(
  { model, firstTrainableBlock: from, datasets: sets, corpus, domains }: LoadedExperiment,
  method: LanguageMethod | ResolvedMethod<LanguageBatch, LanguageView>,
  run: RunConfig,
  callbacks: FeedbackCallbacks = {},
): BuiltMethod {
  const { config } = model;
  const { trainable, subset, lora } = selectTrainable(config, run);
  const group = processGroup();
  const compiled = run.backend.compile ? { compile } : {};
  const collation = { loss: run.loss, ...shapeBuckets, ...(from > 0 && { from }) };
  const { trainOn, ...parts } = methodParts(typeof method === "string" ? { name: method } : method, model, {
    run,
    subset,
    feedback: [...objectivesOf(sets.feedback, run), ...domains.map(({ feedback }) => feedback)].map((examples) => ({
      examples,
      batchSize: run.value.feedbackBatchSize,
      shard: group,
      ...collation,
      ...compiled,
    })),
    callbacks,
  });
  const { seed, batchSize } = run;
  const { rank, size } = { rank: 0, size: 1, ...group };
  const { metaTokens: asked, feedbackBatchSize } = run.value;
  // A target in closed form is of the batch that the value was taken on: the whole one
  const { closedFormTask, lookahead, learn } = parts.designer;
  const meta = asked !== undefined && !closedFormTask && !lookahead && !learn ? { metaTokens: asked } : {};
  const batchesOf = (rows: readonly Example[]): BatchSource<LanguageBatch> =>
    exampleBatches(rows, { batchSize, seed, shard: group, ...collation, ...meta });
  const stream = (): BatchSource<LanguageBatch> =>
    corpus
      ? streamBatches(corpus(), {
          batchSize,
          shard: group,
          loss: run.loss,
          ...meta,
          ...packedShapes(batchSize / size, sets.unlabeled[0]!.ids.length),
        })
      : batchesOf(sets.unlabeled);
  const others = domains.map((domain) => domain.unlabeled);
  const drawn = (trainOn ? [batchesOf(trainOn)] : [stream(), ...others.map(batchesOf)]).map((source, d) =>
    lora?.dropout ? withDropoutKeys(source, { seed: seed + d * size + rank }) : source,
  );
  const rows = trainOn ?? [sets.unlabeled, ...others].flat();
  const pieces = Math.max(run.gradientAccumulation, 1 + others.length);
  const [first] = drawn as [BatchSource<LanguageBatch>];
  const batches = drawn.length > 1 ? zipSources(drawn) : pieces > 1 ? accumulateGradients(first, pieces) : first;
  const { learningRate, lrWarmupSteps, finalLearningRateShare: finalShare, clipNorm } = run.learner;
  const learner = causalLearner(config, { activationCheckpointing: run.learner.activationCheckpointing });
  const batch =
    sets.probeRows.length > 0 ? collate(sets.probeRows, { loss: run.loss, ...(from > 0 && { from }) }) : undefined;
  return {
    trainable,
    tokensPerRow: rows.reduce((sum, { ids }) => sum + ids.length, 0) / rows.length,
    rowsPerStep: batchSize * pieces,
    batches,
    probe: batch && {
      batch,
      downstream: (params) => learner.loss(params, batch, () => nextTokenTask(batch)),
      ...(sets.probeRows.length > feedbackBatchSize && {
        feedback: lmFeedback(config, {
          examples: sets.probeRows,
          batchSize: feedbackBatchSize,
          ...collation,
          ...compiled,
        }),
      }),
    },
    options: {
      ...compiled,
      learner,
      ...parts,
      optimizer: learnerOptimizer(run.learner),
      learningRate: warmupCosine({ peak: learningRate, steps: run.steps, lrWarmupSteps, finalShare }),
      clipNorm,
      ...(group && { allReduce: group.allReduce }),
    },
  };
}

/** The labeled rows as one set, or a set a weighted source. */
function objectivesOf(rows: readonly Example[], { value }: RunConfig): (readonly Example[])[] {
  if (!value.feedbackWeights) return [rows];
  return value.feedbackWeights.map((_, j) => rows.flatMap(({ domain = 0, ...row }) => (domain === j ? [row] : [])));
}

/** Packed rows are full, but how many of their positions count varies: at most eight shapes. */
const packedShapes = (batchSize: number, tokens: number) => ({
  padToMultiple: tokens,
  padPositionsToMultiple: Math.ceil((batchSize * tokens) / 8),
});

/** Each shape of batch is traced once: padding to few shapes costs less than tracing many. */
const shapeBuckets = { padToMultiple: 64, padPositionsToMultiple: 128 };
