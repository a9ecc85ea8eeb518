import { detached, stopGradient } from "@vpt/autodiff";
import { type Learner, type Params, VptError } from "@vpt/core";
import * as tf from "@tensorflow/tfjs";
import { headCrossEntropy } from "./head-cross-entropy.js";
import type { LanguageBatch } from "./language-batch.js";
import { blockOf, embedTokens, finalNorm, headName, runBlocks, unembed, type DecoderConfig } from "./model/index.js";
import type { SparseTarget } from "./sparse-soft-cross-entropy.js";

/** What a language designer may see of the learner: constants all. */
export type LanguageView = {
  readonly logits_NV: tf.Tensor2D;
  /** What enters the head. */
  readonly rows_ND: tf.Tensor2D;
  readonly head_VD: tf.Tensor2D;
  /** The learner's own embedding table. */
  readonly embedding_VD: tf.Tensor2D;
};

/** How a learner trades time for memory. */
export interface CausalLearnerOptions {
  /**
   * Keep of each block only what enters it for the gradient, which runs the block again: the same bits, less memory,
   * more time.
   */
  readonly activationCheckpointing?: boolean;
}

/**
 * The ordinary task: all mass on the true next token.
 *
 * @returns New tensors, owned by the caller.
 * @example
 * ```ts
 * import { nextTokenTask } from "@vpt/lang";
 * const loss = learner.loss(params, batch, () => nextTokenTask(batch));
 * ```
 */
export const nextTokenTask = ({ labels_N }: LanguageBatch): SparseTarget => ({
  ids_NK: labels_N.expandDims(1),
  probs_NK: tf.ones([labels_N.shape[0], 1]),
});

const requireBlock = (batch: LanguageBatch, from: number): void => {
  if ((batch.from ?? 0) <= from) return;
  throw new VptError(
    `batch starts at block ${batch.from}, but block ${from} is trained or aligned: cache the prefix ` +
      `up to block ${from}`,
  );
};

/** Hidden states before block `to`, from wherever the batch starts. */
function hiddenBefore(
  config: DecoderConfig,
  params: Params,
  batch: LanguageBatch,
  to: number,
  recompute = false,
): tf.Tensor3D {
  requireBlock(batch, to);
  const start = batch.hidden_BTD ?? embedTokens(config, params, batch.ids_BT);
  const { from = 0, documents_BT, dropout_R2 } = batch;
  return runBlocks(config, params, start, { from, to, recompute, documents_BT, dropout_R2 });
}

/** What enters the head at the counted positions. */
function countedRows(config: DecoderConfig, params: Params, batch: LanguageBatch, recompute = false): tf.Tensor2D {
  const hidden_BTD = hiddenBefore(config, params, batch, config.layers, recompute);
  const rows_ND = hidden_BTD.reshape([-1, config.hiddenSize]).gather(batch.lossPositions_N) as tf.Tensor2D;
  return finalNorm(config, params, rows_ND);
}

/**
 * Logits at the counted positions of a batch.
 *
 * @returns `logits_NV`, owned by the caller.
 * @throws {VptError} When the batch starts above the last block.
 * @example
 * ```ts
 * import { lossLogits } from "@vpt/lang";
 * const logits_NV = lossLogits(config, params, batch);
 * ```
 */
export const lossLogits = (config: DecoderConfig, params: Params, batch: LanguageBatch): tf.Tensor2D =>
  tf.tidy(() => unembed(config, params, countedRows(config, params, batch)));

/**
 * What a designer sees of the learner on a batch: the same that `loss` of {@link causalLearner} shows.
 *
 * @returns Constants, owned by the caller.
 * @throws {VptError} When the batch starts above the last block.
 * @example
 * ```ts
 * import { languageView, topKDesigner } from "@vpt/lang";
 * const designer = topKDesigner({ embeddingSize: config.hiddenSize });
 * const task = designer.design(designer.init(0), batch, languageView(config, params, batch));
 * ```
 */
export const languageView = (config: DecoderConfig, params: Params, batch: LanguageBatch): LanguageView =>
  tf.tidy(() => viewOf(config, params, countedRows(config, params, batch)));

function viewOf(config: DecoderConfig, params: Params, rows_ND: tf.Tensor2D): LanguageView {
  const head_VD = params[headName(config)] as tf.Tensor2D;
  const embedding_VD = params["model.embed_tokens.weight"] as tf.Tensor2D;
  return {
    logits_NV: detached(() => unembed(config, params, rows_ND)),
    ...stopGradient({ rows_ND, head_VD, embedding_VD }),
  };
}

/**
 * A causal language model as a learner: `L_pre = Σ_n w_n Σ_k q_nk (−log p_θ(k | x_<n))` over the counted positions.
 *
 * With `prefix`, blocks below the subset run once. The view's tensors are constants: nothing leads back through the
 * target. The value is computed without the adapters' dropout, and on the batch's `meta` where it has one.
 *
 * @throws {VptError} When a batch starts above a block that is trained or aligned.
 * @example
 * ```ts
 * import { causalLearner, nextTokenTask } from "@vpt/lang";
 * const learner = causalLearner(config);
 * const loss = learner.loss(params, batch, () => nextTokenTask(batch)); // ordinary pretraining
 * ```
 * @see arXiv 2601.22108v1, section 3 and A.1.
 */
export const causalLearner = (
  config: DecoderConfig,
  { activationCheckpointing = false }: CausalLearnerOptions = {},
): Learner<LanguageBatch, LanguageView> => ({
  loss: (params, batch, taskOf) =>
    tf.tidy(() => {
      const rows_ND = countedRows(config, params, batch, activationCheckpointing);
      const head_VD = params[headName(config)] as tf.Tensor2D;
      const view = viewOf(config, params, rows_ND);
      const { logits_NV } = view;
      return headCrossEntropy({ rows_ND, head_VD, logits_NV }, taskOf(view) as SparseTarget, batch.weight_N);
    }),
  features: (params, batch, subset) => {
    const { dropout_R2: _, ...still } = batch; // as the value sees it
    const rows_ND = tf.tidy(() => countedRows(config, params, still, activationCheckpointing));
    const head = headName(config);
    return { rows_ND, ...(subset.includes(head) && { head_VD: params[head]!.clone() }) };
  },
  cacheFrozenActivations: (params, batch, subset) => {
    const to = Math.min(...subset.map((name) => blockOf(config, name)));
    requireBlock(batch, to);
    if (to === (batch.from ?? 0)) return batch;
    return { ...batch, from: to, hidden_BTD: tf.tidy(() => hiddenBefore(config, params, batch, to)) };
  },
  metaBatch: (batch) => {
    const { dropout_R2, meta, ...still } = batch;
    return meta ?? (dropout_R2 === undefined ? batch : still);
  },
});
