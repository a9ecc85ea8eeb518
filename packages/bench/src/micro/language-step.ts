import * as tf from "@tensorflow/tfjs";
import { compile } from "@vpt/backend";
import {
  adamW,
  createTrainState,
  disposeUnreferenced,
  trainStep,
  type AllReduce,
  type Compile,
  type Feedback,
  type TrainStepOptions,
  type ValueStepOptions,
} from "@vpt/core";
import {
  causalLearner,
  collate,
  initDecoder,
  lmFeedback,
  nextTokenDesigner,
  lastBlockParameters,
  type DecoderConfig,
  type LanguageBatch,
  type LanguageView,
} from "@vpt/lang";
import { randomRows } from "./shapes.js";
import { valueMethods, type ValueMethodName } from "./value-methods.js";

/** The value's sizes, and which designer it moves. */
export interface LanguageValue {
  /** @default "value" */
  readonly method?: ValueMethodName;
  readonly candidates: number;
  /** Aligned blocks, at the end. */
  readonly blocks: number;
  /** r: a value update every so many steps. */
  readonly updateEvery: number;
  /** @default `lmFeedback` on random rows, half the learner's batch a draw */
  readonly feedback?: Feedback;
}

/** What a step trains, and whether the designer moves. */
export interface LanguageStepOptions {
  readonly config: DecoderConfig;
  readonly batch: number;
  readonly tokens: number;
  /** See `causalLearner`. */
  readonly recompute?: boolean;
  readonly allReduce?: AllReduce;
  readonly precision?: "f32" | "bf16";
  /** With a designer. */
  readonly value?: LanguageValue;
}

/**
 * Makes a function that takes one learner step, all parameters trained, and returns its loss. It steps on one batch of
 * random rows, or on the batch given, which stays the caller's.
 */
export function languageStep({
  config,
  batch,
  tokens,
  precision = "f32",
  value,
  allReduce,
  recompute = false,
}: LanguageStepOptions): {
  step(batch?: LanguageBatch): Promise<number>;
  dispose(): void;
} {
  const params = initDecoder(config, 0);
  const optimizer = adamW();
  const designer = value
    ? valueMethods[value.method ?? "value"].designer({ config, candidates: value.candidates })
    : nextTokenDesigner();
  const compiled = <Args extends readonly unknown[], Result>(f: (...args: Args) => Result) =>
    compile(f, { precision, cacheSize: 16 });
  const options: TrainStepOptions<LanguageBatch, LanguageView> = {
    compile: compiled,
    ...(allReduce && { allReduce }),
    learner: causalLearner(config, { activationCheckpointing: recompute }),
    designer,
    optimizer,
    learningRate: () => 1e-5,
    ...(value && {
      value: { ...valueOptions({ config, batch, tokens, value }, compiled), designerOptimizer: optimizer },
    }),
  };
  const data = collate(randomRows(config, batch, tokens), {
    padToMultiple: tokens,
    padPositionsToMultiple: batch * tokens,
  });
  let state = createTrainState({ params, designerParams: designer.init(0), optimizer, seed: 0 });
  return {
    step: async (rows = data) => {
      const stepped = await trainStep(state, rows, options);
      disposeUnreferenced(state, stepped.state);
      state = stepped.state;
      return stepped.metrics["loss"]!;
    },
    dispose: () => {
      tf.dispose([state.params, state.designerParams, state.feedbackEma] as tf.TensorContainer);
      tf.dispose([state.optimizer.first, state.optimizer.second] as tf.TensorContainer);
      tf.dispose([state.designerOptimizer.first, state.designerOptimizer.second] as tf.TensorContainer);
      tf.dispose(data);
    },
  };
}

/** Rows of a feedback batch: half the learner's. */
export const feedbackRowsOf = (batch: number): number => Math.max(1, Math.floor(batch / 2));

/** The value update, but for the designer's optimizer. */
function valueOptions(
  { config, batch, tokens, value }: Pick<Required<LanguageStepOptions>, "config" | "batch" | "tokens" | "value">,
  compile: Compile,
): Omit<ValueStepOptions, "designerOptimizer"> {
  return {
    feedback:
      value.feedback ??
      lmFeedback(config, {
        examples: randomRows(config, 2 * batch, tokens, 1),
        batchSize: feedbackRowsOf(batch),
        compile,
      }),
    subset: lastBlockParameters(config, value.blocks),
    designerLearningRate: () => 1e-4,
    updateEvery: value.updateEvery,
    initialFeedbackBatches: 1,
  };
}
