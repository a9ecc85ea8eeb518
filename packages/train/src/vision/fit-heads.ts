import * as tf from "@tensorflow/tfjs";
import { compile } from "@vpt/backend";
import { adamW, randomFromSeed, warmupCosine, type Params } from "@vpt/core";
import { headStep, initHeads, type DenseEvaluator, type HeadBatch } from "@vpt/vision";
import type { VisionConfig } from "./config.js";

/**
 * Trains heads on features of a frozen backbone, with AdamW and a cosine schedule. The heads and the order of the
 * images depend on the seed alone.
 *
 * @param known Features and maps of all training images; left alone.
 * @returns The heads' parameters and running statistics, owned by the caller.
 */
export function fitHeads(
  evaluator: DenseEvaluator,
  known: HeadBatch,
  { linearProbe: { steps, learningRate, batchSize }, seed, backend }: VisionConfig,
): Params {
  const optimizer = adamW();
  const rate = warmupCosine({ peak: learningRate, steps, lrWarmupSteps: Math.ceil(steps / 20) });
  const random = randomFromSeed(seed, "probe");
  const count = known.features_BHWD.shape[0];
  let heads = initHeads(evaluator, optimizer, seed);
  for (let step = 0; step < steps; step++) {
    const previous = heads;
    heads = tf.tidy(() => {
      const rows = tf.tensor1d(
        Array.from({ length: batchSize }, () => random.integer(count)),
        "int32",
      );
      const batch = Object.fromEntries(
        Object.entries(known).map(([name, x]) => [name, tf.gather(x, rows)]),
      ) as HeadBatch;
      return headStep(evaluator, optimizer, previous, batch, rate(step), backend.compile ? compile : undefined)
        .state as typeof heads & tf.TensorContainer;
    });
    tf.dispose([previous.params, previous.optimizer.first, previous.optimizer.second]);
  }
  tf.dispose([heads.optimizer.first, heads.optimizer.second]);
  return heads.params;
}
