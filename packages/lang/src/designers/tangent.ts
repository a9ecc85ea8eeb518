import type { Designer, LearningSample, Params } from "@vpt/core";
import * as tf from "@tensorflow/tfjs";
import { nextTokenTask, type LanguageView } from "../causal-learner.js";
import type { LanguageBatch } from "../language-batch.js";
import { aheadTarget } from "./ahead-target.js";
import { checkGate } from "./check-gate.js";
import { conjugateGradient } from "./conjugate-gradient.js";
import { describeTarget } from "./interpolate-with-one-hot.js";
import type { TiltOptions } from "./tilt.js";

// Axes: N positions, D the learner's width, X = D + 1.

/** The tangent designer's choices. */
export interface TangentOptions extends Omit<TiltOptions, "anchored"> {
  /** Width D of the rows that enter the learner's head. */
  readonly embeddingSize: number;
  /** λ of the ridge, as a share of a batch's counted positions. */
  readonly ridge?: number;
  /**
   * Share of ḣ that a linear map leaves unexplained, about 1 − r². What was learned before counts
   * `ρ/(ρ + 1 − cos²)`, where cos is between the feedback averages now and then: the more the direction has turned, the
   * sooner it is forgotten.
   */
  readonly unexplained?: number;
}

const iterations = 40;

/**
 * The learned designer in closed form. All of c lies in ḣ_n, the derivative along the value's direction of the row h_n
 * that enters the head, `c_nk = −(⟨e_k, ḣ_n⟩ − Σ_j p_nj ⟨e_j, ḣ_n⟩)`; so a linear map of h_n is regressed on ḣ_n by
 * recursive ridge regression, on meta steps alone: `A ← γA + Σ x xᵀ`, `B ← γB + Σ x ḣᵀ`, `W = (A + λI)⁻¹ B`, with
 * `x = [(h − m)/s, 1]` standardised by the first meta batch. On every step the target is
 * `r = softmax_k ⟨e_k, h − ε·Wᵀx⟩`; on meta steps it is read off ḣ itself, as {@link tiltDesigner} does.
 *
 * @throws {VptError} When `gate` is no share.
 * @example
 * ```ts
 * import { tangentDesigner } from "@vpt/lang";
 * const designer = tangentDesigner({ embeddingSize: config.hiddenSize, gate: 0.5 });
 * const designerParams = designer.init(0);
 * ```
 * @see Not in the paper, whose designer learns by AdamW (`topKDesigner`). Where the head is in the aligned subset, c
 *   has the further term `−⟨ė_k, h⟩`, which this designer has on meta steps alone.
 * @category designers
 */
export function tangentDesigner({
  embeddingSize,
  candidates = 32,
  gate = 0.5,
  strength = 1,
  vocabularySize,
  ridge = 0.06,
  unexplained = 0.05,
}: TangentOptions): Designer<LanguageBatch, LanguageView> {
  checkGate("tangentDesigner: gate", gate);
  const inputs = embeddingSize + 1;
  return {
    init: () => ({
      gram: tf.zeros([inputs, inputs]),
      cross: tf.zeros([inputs, embeddingSize]),
      map: tf.zeros([inputs, embeddingSize]),
      center: tf.zeros([embeddingSize]),
      scale: tf.zeros([embeddingSize]),
    }),
    baselineTask: (batch) => nextTokenTask(batch),
    learn: { stepSize: strength, update: (params, sample) => learn(params, sample, { ridge, unexplained }) },
    design: (params, batch, view, ahead) => {
      const predicted = (): tf.Tensor2D => tf.matMul(inputsOf(params, view.rows_ND), params["map"] as tf.Tensor2D);
      const rows_ND = (): tf.Tensor2D => view.rows_ND.sub(predicted().mul(strength));
      return aheadTarget(batch, view, ahead ?? { rows_ND: rows_ND() }, { candidates, gate, vocabularySize });
    },
    metrics: describeTarget,
  };
}

/** `x = [(h − m)/s, 1]`; zeros but for the 1 before the first meta batch. */
const inputsOf = ({ center, scale }: Params, rows_ND: tf.Tensor2D): tf.Tensor2D =>
  tf.concat([rows_ND.sub(center!).mul(scale!), tf.ones([rows_ND.shape[0], 1])], 1) as tf.Tensor2D;

/** One step of recursive ridge regression; padding does not count. */
function learn(
  params: Params,
  { batch: { weight_N }, features, tangent, directionCosine, allReduce }: LearningSample<LanguageBatch>,
  { ridge, unexplained }: { readonly ridge: number; readonly unexplained: number },
): Params {
  const rows_ND = features["rows_ND"] as tf.Tensor2D;
  const counted_N1 = weight_N.greater(0).cast("float32").expandDims<tf.Tensor2D>(1);
  const standard = standardisation(params, rows_ND, counted_N1, allReduce);
  const x_NX = inputsOf(standard, rows_ND).mul<tf.Tensor2D>(counted_N1);
  const seen = allReduce(
    {
      gram: tf.matMul(x_NX, x_NX, true),
      cross: tf.matMul(x_NX, tangent["rows_ND"] as tf.Tensor2D, true),
      count: counted_N1.sum() as tf.Scalar,
    },
    "tangent statistics",
  );
  const turned = tf.sub(1, directionCosine.relu().square());
  const kept = tf.div(unexplained, turned.add(unexplained));
  const gram = params["gram"]!.mul(kept).add<tf.Tensor2D>(seen.gram);
  const cross = params["cross"]!.mul(kept).add<tf.Tensor2D>(seen.cross);
  const damping = seen.count.mul<tf.Scalar>(ridge);
  const map = conjugateGradient(
    (w) => tf.matMul(gram, w).add(w.mul(damping)),
    cross,
    params["map"] as tf.Tensor2D,
    iterations,
  );
  return { gram, cross, map, ...standard };
}

/** Mean and reciprocal deviation of each coordinate: of the first meta batch, held from then on. */
function standardisation(
  { center, scale }: Params,
  rows_ND: tf.Tensor2D,
  counted_N1: tf.Tensor2D,
  allReduce: LearningSample<LanguageBatch>["allReduce"],
): Record<"center" | "scale", tf.Tensor> {
  const count = counted_N1.sum();
  const own = { center: rows_ND.mul(counted_N1).sum(0).div(count) };
  const mean = allReduce(own, "tangent centre").center;
  const spread = { variance: rows_ND.sub(mean).mul(counted_N1).square().sum(0).div(count) };
  const variance = allReduce(spread, "tangent scale").variance;
  const isFirst = scale!.max().equal(0);
  return {
    center: tf.where(isFirst, mean, center!),
    scale: tf.where(isFirst, variance.add(1e-6).rsqrt(), scale!),
  };
}
