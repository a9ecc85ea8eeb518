import { detached } from "@vpt/autodiff";
import * as tf from "@tensorflow/tfjs";
import { VptError, type Compile, type Feedback, type Params } from "@vpt/core";
import { collateDense, sampleImages, type DenseBatch, type DenseSample } from "../heads/dense-batch.js";
import type { DenseEvaluator } from "../heads/dense-evaluator.js";
import { embedImages, gridOf, runViTBlocks, splitTokens, vitNorm, type ViTConfig } from "../model/index.js";
import { firstViTBlockOf } from "../model/last-block-parameters.js";

/** Labelled images that only the value sees, and how many of them make one gradient. */
export interface DenseFeedbackOptions {
  readonly evaluator: DenseEvaluator;
  /** The meta pool: not the pool the heads train on, and no image that is reported. */
  readonly samples: readonly DenseSample[];
  readonly batchSize?: number;
  /** `compile` of `@vpt/backend`. */
  readonly compile?: Compile;
}

/**
 * Feedback from labelled pixels: `g_down = ∇_θ_S [α_seg·CE(H_seg(F_θ(x)), y) + α_dep·L1(H_dep(F_θ(x)), d)]` on a batch
 * drawn without replacement. The evaluator heads are those of `auxiliary.evaluator`, frozen, their batch norms in
 * evaluation mode; blocks below the subset run off the tape.
 *
 * @throws {VptError} When there are no samples, or the state has no evaluator heads.
 * @example
 * ```ts
 * import { denseEvaluator, denseFeedback } from "@vpt/vision";
 *
 * const evaluator = denseEvaluator(vit.config.hiddenSize, { segmentation: { classes: 150 }, depth: { weight: 8 } });
 * const feedback = denseFeedback(vit.config, { evaluator, samples: [{ image, labels, depth }], batchSize: 16 });
 * ```
 * @see arXiv 2601.22108v2, equations 18 and 51.
 * @category feedback
 */
export function denseFeedback(
  config: ViTConfig,
  { evaluator, samples, batchSize = 16, compile }: DenseFeedbackOptions,
): Feedback {
  if (samples.length === 0) throw new VptError("denseFeedback: no feedback images; give at least one");
  const gradientOf = (params: Params, heads: Params, subset: readonly string[], batch: DenseBatch): Params =>
    denseGradient(config, evaluator, { params, heads }, subset, batch);
  const run = compile ? compile(gradientOf) : gradientOf;
  return {
    gradient(params, subset, random, auxiliary) {
      const heads = auxiliary?.["evaluator"];
      if (!heads)
        throw new VptError(
          'denseFeedback: no group "evaluator" among the auxiliary ones; give initDinoAuxiliary and ' +
            "dinoAuxiliary the evaluator",
        );
      return tf.tidy(() => run(params, heads, subset, collateDense(sampleImages(samples, batchSize, random))));
    },
  };
}

/** The gradient of the heads' loss in the parameters of `subset`. */
function denseGradient(
  config: ViTConfig,
  evaluator: DenseEvaluator,
  { params, heads }: { readonly params: Params; readonly heads: Params },
  subset: readonly string[],
  batch: DenseBatch,
): Params {
  const { images_BHWC } = batch;
  const grid = gridOf(config, images_BHWC);
  const from = firstViTBlockOf(config, subset);
  const before = (moving: Params): tf.Tensor3D =>
    runViTBlocks(config, moving, embedImages(config, moving, images_BHWC), { grid, to: from });
  const fixed = from > 0 ? detached(() => before(params)) : undefined;
  const loss = (...tensors: tf.Tensor[]): tf.Scalar => {
    const moving = { ...params, ...Object.fromEntries(subset.map((name, i) => [name, tensors[i]!])) };
    const hidden = runViTBlocks(config, moving, fixed ?? before(moving), { grid, from });
    const { patches_BHWD } = splitTokens(config, vitNorm(config, moving, hidden), grid);
    return evaluator.loss(heads, patches_BHWD, batch).loss;
  };
  const gradients = tf.grads(loss)(subset.map((name) => params[name]!));
  return Object.fromEntries(subset.map((name, i) => [name, gradients[i]!]));
}
