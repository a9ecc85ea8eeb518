import * as tf from "@tensorflow/tfjs";
import type { Params } from "@vpt/core";
import { collateDense, denseEvaluator, vitFeatures, type ViTConfig } from "@vpt/vision";
import type { ProbePlan } from "../workload.js";
import type { VisionConfig } from "./config.js";
import { denseFeatures } from "./dense-features.js";
import { fitHeads } from "./fit-heads.js";
import type { VisionPools } from "./vision-data.js";
import { tasksOf } from "./vision-method-options.js";

/** Images of the downstream loss: it is differentiated through the whole backbone. */
const mostImages = 64;

/**
 * Makes the downstream loss of one state, for probes of steps from there: heads are fitted to its frozen features on
 * the pool `evaluatorHeads`, with the settings of `linearProbe`, and their loss is taken on up to 64 images of the pool
 * `linearProbe`, which no designer and no head has seen. The tasks and weights are those of the feedback.
 *
 * @param params Backbone and projection head of the state.
 */
export function downstreamProbe(config: ViTConfig, params: Params, run: VisionConfig, pools: VisionPools): ProbePlan {
  const evaluator = denseEvaluator(config.hiddenSize, tasksOf(run, pools), { head: run.evaluatorHeads.kind });
  const known = denseFeatures(config, params, pools.evaluatorHeads);
  const heads = fitHeads(evaluator, known, run);
  tf.dispose(known as unknown as tf.TensorContainer);
  const batch = collateDense(pools.linearProbe.slice(0, mostImages));
  return {
    downstream: (moving) =>
      tf.tidy(() => {
        const { patches_BHWD } = vitFeatures(config, moving, batch.images_BHWC);
        const { loss } = evaluator.loss(heads, patches_BHWD, batch);
        // The projection head is not part of this loss; its gradient is 0, and tfjs demands a path to each parameter.
        const idle = Object.keys(moving).filter((name) => name.startsWith("head."));
        return tf.addN([loss, ...idle.map((name) => tf.mul(tf.sum(moving[name]!), 0))]) as tf.Scalar;
      }),
    dispose: () => tf.dispose([heads, batch] as unknown as tf.TensorContainer),
  };
}
