import * as tf from "@tensorflow/tfjs";
import {
  adamW,
  createTrainState,
  disposeUnreferenced,
  randomFromSeed,
  trainStep,
  type Compile,
  type Designer,
  type StepMetrics,
  type TrainState,
} from "@vpt/core";
import { causalLearner, type LanguageView } from "../causal-learner.js";
import { collate, type LanguageBatch } from "../language-batch.js";
import { lmFeedback } from "../lm-feedback.js";
import { lastBlockParameters } from "../model/index.js";
import { numbersOf } from "./numbers.js";
import { randomExamples, tinyConfig, tinyParams } from "./tiny-language.js";

/** How the tiny model is trained. */
export interface TinyTrajectoryOptions {
  readonly designer: Designer<LanguageBatch, LanguageView>;
  readonly recompute?: boolean;
  readonly compile?: Compile | undefined;
  /** Each with a stream and feedback of its own. */
  readonly domains?: number;
  /** False: the designer's `plain` task throughout. */
  readonly takesValue?: boolean;
}

/**
 * Six steps from the same start on the same batches, with a value update every other step; everything that they change.
 */
export async function tinyTrajectory(options: TinyTrajectoryOptions) {
  const { designer, recompute = false, compile, domains = 1, takesValue = true } = options;
  const optimizer = adamW({ weightDecay: 0.01 });
  const feedback = Array.from({ length: domains }, (_, d) =>
    lmFeedback(tinyConfig, {
      examples: randomExamples(6, randomFromSeed(8 + d)),
      batchSize: 2,
      padToMultiple: 2,
      compile,
    }),
  );
  const step = {
    learner: causalLearner(tinyConfig, { activationCheckpointing: recompute }),
    designer,
    optimizer,
    learningRate: () => 0.02,
    ...(compile && { compile }),
    ...(takesValue && {
      value: {
        feedback,
        subset: lastBlockParameters(tinyConfig, 1),
        designerOptimizer: optimizer,
        designerLearningRate: () => 0.1,
        updateEvery: 2,
      },
    }),
  };
  const random = randomFromSeed(1, "batches");
  let state: TrainState = createTrainState({
    params: tinyParams(0),
    designerParams: designer.init(0),
    optimizer,
    seed: 0,
  });
  const metrics: StepMetrics[] = [];
  for (let done = 0; done < 6; done++) {
    const microBatches = Array.from({ length: domains }, () =>
      collate(randomExamples(2, random), { padToMultiple: 2 }),
    );
    const stepped = await trainStep(state, domains === 1 ? microBatches[0]! : { microBatches }, step);
    metrics.push(stepped.metrics);
    disposeUnreferenced(state, stepped.state);
    tf.dispose(microBatches);
    state = stepped.state;
  }
  return {
    theta: { ...numbersOf(state.params), ...numbersOf(state.optimizer.second) },
    phi: numbersOf(state.designerParams),
    counts: state.counters,
    metrics,
  };
}
