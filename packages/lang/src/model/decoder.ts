import * as tf from "@tensorflow/tfjs";
import { checkpointed as recomputed } from "@vpt/autodiff";
import { compileOnce, type Compile, type Params } from "@vpt/core";
import { embedding, rmsNorm } from "@vpt/nn";
import { decoderBlock, blockParams, renamedBlockParams, type BlockContext } from "./decoder-block.js";
import type { DecoderConfig } from "./decoder-config.js";
import { attentionContext } from "./attention-context.js";
import { parameter } from "./parameter.js";

// Axes: B batch, T tokens, D width, V vocabulary, N rows. The forward pass in pieces, so that a tail can run alone:
// ids_BT ─ embedTokens ─► hidden_BTD ─ runBlocks ─► hidden_BTD ─ finalNorm ─► hidden_BTD ─ rows ─► hidden_ND ─ unembed
// ─► logits_NV

/**
 * Embedding rows of the ids.
 *
 * @param ids_BT int32 in [0, vocabSize).
 * @returns `hidden_BTD`, owned by the caller.
 * @example
 * ```ts
 * const hidden_BTD = embedTokens(config, params, tf.tensor2d([[5, 7]], [1, 2], "int32"));
 * ```
 * @category model
 */
export const embedTokens = (_config: DecoderConfig, params: Params, ids_BT: tf.Tensor2D): tf.Tensor3D =>
  embedding(ids_BT, { weight: parameter<tf.Tensor2D>(params, "model.embed_tokens.weight") }) as tf.Tensor3D;

/** Which blocks {@link runBlocks} runs, and how. */
export interface BlockRange {
  /** First block; default 0. */
  readonly from?: number;
  /** One past the last block; default `config.layers`. */
  readonly to?: number;
  /** Runs each block as one graph, traced once a shape for all of them. For passes without a gradient. */
  readonly compile?: Compile | undefined;
  /** Keep of each block what enters it; its gradient runs it again. Not with `compile`. */
  readonly recompute?: boolean | undefined;
  /** int32: which of a row's packed texts each position is of; others are hidden from it. */
  readonly documents_BT?: tf.Tensor2D | undefined;
  /** int32 keys of the adapters' dropout, two a position; absent: nothing is dropped. Not with `compile`. */
  readonly dropout_R2?: tf.Tensor2D | undefined;
}

const firstBlock = (config: DecoderConfig, params: Params, hidden_BTD: tf.Tensor3D, context: BlockContext) =>
  decoderBlock(config, params, hidden_BTD, { ...context, block: 0 }).hidden_BTD;

/**
 * Blocks `from … to − 1`, causal. Rows padded on the right need no mask: what follows a token cannot reach it.
 *
 * @param hidden_BTD What enters block `from`: {@link embedTokens} or the output of the block before.
 * @param range The blocks; default all.
 * @returns `hidden_BTD` after block `to − 1`, before the final norm; owned by the caller.
 * @example
 * ```ts
 * const prefix_BTD = runBlocks(config, params, embedTokens(config, params, ids_BT), { to: 28 });
 * const hidden_BTD = runBlocks(config, params, prefix_BTD, { from: 28 });
 * ```
 * @category model
 */
export const runBlocks = (
  config: DecoderConfig,
  params: Params,
  hidden_BTD: tf.Tensor3D,
  range: BlockRange = {},
): tf.Tensor3D =>
  tf.tidy(() => {
    const { from = 0, to = config.layers, compile, recompute = false, documents_BT, dropout_R2 } = range;
    const run = compile ? compileOnce(compile, firstBlock) : undefined;
    const tokens = hidden_BTD.shape[1];
    const context = (): ReturnType<typeof attentionContext> => attentionContext(config, { tokens, documents_BT });
    const shared = recompute ? undefined : context(); // what runs again makes its own: it outlives this tidy
    let hidden = hidden_BTD.clone(); // with nothing to run, the result is still the caller's own
    for (let block = from; block < to; block++) {
      const plain = (x_BTD: tf.Tensor3D, given: Params): tf.Tensor3D =>
        decoderBlock(config, given, x_BTD, { ...(shared ?? context())(block), dropout_R2, block }).hidden_BTD;
      hidden = tf.tidy(() => {
        if (run) return run(config, renamedBlockParams(params, block), hidden, (shared ?? context())(block));
        return recompute ? recomputed(plain, hidden, blockParams(params, block)) : plain(hidden, params);
      });
    }
    return hidden;
  });

/**
 * The norm before the head.
 *
 * @param hidden `[..., D]`: gather the rows you need first, the norm works row by row.
 * @returns The same shape, owned by the caller.
 * @example
 * ```ts
 * const hidden_ND = finalNorm(config, params, rows_ND);
 * ```
 * @category model
 */
export const finalNorm = <T extends tf.Tensor>(config: DecoderConfig, params: Params, hidden: T): T =>
  rmsNorm(hidden, { weight: parameter<tf.Tensor1D>(params, "model.norm.weight"), epsilon: config.normEpsilon });

/**
 * Logits of normed rows: `h Wᵀ` with the head, or with the embedding when tied.
 *
 * @param hidden_ND Rows after {@link finalNorm}; only those that count, the head is the widest layer.
 * @returns `logits_NV`, owned by the caller. Ids at or past the tokenizer's size are padding: never sample them.
 * @example
 * ```ts
 * const logits_NV = unembed(config, params, hidden_ND);
 * ```
 * @category model
 */
export const unembed = (config: DecoderConfig, params: Params, hidden_ND: tf.Tensor2D): tf.Tensor2D =>
  tf.matMul(hidden_ND, parameter<tf.Tensor2D>(params, headName(config)), false, true);

/**
 * Name of the matrix that {@link unembed} reads.
 * @category model
 */
export const headName = (config: DecoderConfig): string =>
  config.tied ? "model.embed_tokens.weight" : "lm_head.weight";

/**
 * The whole forward pass, for all positions. For training and scoring, prefer the pieces: `V` is large.
 *
 * @param ids_BT int32, padded on the right.
 * @returns `logits_BTV`, owned by the caller; position `t` predicts token `t + 1`.
 * @example
 * ```ts
 * const logits_BTV = decoderLogits(config, params, tf.tensor2d([[5, 7, 9]], [1, 3], "int32"));
 * ```
 * @see Hugging Face `LlamaForCausalLM`, `Qwen2ForCausalLM`.
 * @category model
 */
export const decoderLogits = (config: DecoderConfig, params: Params, ids_BT: tf.Tensor2D): tf.Tensor3D =>
  tf.tidy(() => {
    const [batch, tokens] = ids_BT.shape;
    const hidden_BTD = runBlocks(config, params, embedTokens(config, params, ids_BT));
    const hidden_ND = tf.reshape<tf.Rank.R2>(finalNorm(config, params, hidden_BTD), [
      batch * tokens,
      config.hiddenSize,
    ]);
    return tf.reshape(unembed(config, params, hidden_ND), [batch, tokens, config.vocabSize]);
  });
