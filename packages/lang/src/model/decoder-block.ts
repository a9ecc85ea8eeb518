import * as tf from "@tensorflow/tfjs";
import { VptError, type Params } from "@vpt/core";
import {
  applyRotary,
  attention,
  dropoutMask,
  linear,
  fusedLinear,
  rmsNorm,
  swiGlu,
  type LinearParams,
  type LoraParams,
  type RotaryTables,
} from "@vpt/nn";
import { adapterNames } from "./adapter-names.js";
import { dropoutColumns } from "./dropout-columns.js";
import type { DecoderConfig } from "./decoder-config.js";
import { parameter } from "./parameter.js";

// Axes: B batch, T new tokens, S keys, D width, H query heads, G key/value heads, C width of a head

/** What all blocks of one pass share. */
export type BlockContext = {
  readonly rotary: RotaryTables;
  /** Added to the scores; see `causalMask`. */
  readonly mask: tf.Tensor;
  /**
   * The place of the new token in keys and values of a fixed length, which are 0 there: 1 at one of S, `[1, 1, S, 1]`.
   * Absent: they grow.
   */
  readonly slot?: tf.Tensor | undefined;
  /** Drops parts of what enters adapters; see `LanguageBatch`. R is B·T. */
  readonly dropout_R2?: tf.Tensor2D | undefined;
};

/** `model.layers.<block>.`, also of an adapter; group 1 is what comes before the number. */
const nameOf = (block: number): RegExp => new RegExp(`^((?:base_model\\.model\\.)?model\\.layers\\.)${block}\\.`);

/** The parameters of one block. */
export const blockParams = (params: Params, block: number): Params => {
  const own = nameOf(block);
  return Object.fromEntries(Object.entries(params).filter(([name]) => own.test(name)));
};

/** The parameters of one block, under the names of block 0: what a function compiled for all blocks takes. */
export const renamedBlockParams = (params: Params, block: number): Params => {
  const own = nameOf(block);
  return Object.fromEntries(
    Object.entries(blockParams(params, block)).map(([name, tensor]) => [
      name.replace(own, (_, stem: string) => `${stem}0.`),
      tensor,
    ]),
  );
};

/** The adapter of a weight, when the parameters hold one, and with keys the mask of its dropout. */
const adapterOf = (
  { loraScale, loraDropout = 0 }: DecoderConfig,
  params: Params,
  weight: string,
  dropout_R2: tf.Tensor2D | undefined,
): LoraParams | undefined => {
  const [a, b] = adapterNames(weight).map((name) => params[name] as tf.Tensor2D | undefined);
  if (a === undefined || b === undefined) return undefined;
  const drops = dropout_R2 !== undefined && loraDropout > 0;
  const mask = drops ? dropoutMask(dropout_R2, dropoutColumns(weight, a.shape[1]), loraDropout) : undefined;
  if (loraScale !== undefined) return { a, b, scale: loraScale, mask };
  throw new VptError(`The parameters hold an adapter of "${weight}", the config no scale: use withLora(config, lora).`);
};

/** Keys (rotated) and values of one block for the tokens seen so far, `[B, G, S, C]` each. */
export type KeyValues = {
  readonly keys_BGSC: tf.Tensor4D;
  readonly values_BGSC: tf.Tensor4D;
};

/**
 * One pre-norm block: `x += o(attention(rms(x)))`, `x += swiGlu(rms(x))`. Returns the keys and values it read as well.
 */
export const decoderBlock = (
  config: DecoderConfig,
  params: Params,
  hidden_BTD: tf.Tensor3D,
  options: BlockContext & { readonly block: number; readonly past?: KeyValues | undefined },
): KeyValues & { readonly hidden_BTD: tf.Tensor3D } => {
  const { block, rotary, mask, past, slot, dropout_R2 } = options;
  const { heads, keyValueHeads, headDim, normEpsilon: epsilon } = config;
  const [batch, tokens, width] = hidden_BTD.shape;
  const vector = (name: string) => parameter<tf.Tensor1D>(params, `model.layers.${block}.${name}.weight`);
  const matrix = (name: string): LinearParams => ({
    weight: parameter<tf.Tensor2D>(params, `model.layers.${block}.${name}.weight`),
    bias: params[`model.layers.${block}.${name}.bias`] as tf.Tensor1D | undefined,
    lora: adapterOf(config, params, `model.layers.${block}.${name}.weight`, dropout_R2),
  });
  const split = (rows: tf.Tensor2D, count: number): tf.Tensor4D =>
    tf.transpose(tf.reshape(rows, [batch, tokens, count, headDim]), [0, 2, 1, 3]);
  const join = (before: tf.Tensor4D | undefined, now: tf.Tensor4D): tf.Tensor4D =>
    before === undefined ? now : slot ? tf.add(before, tf.mul(slot, now)) : tf.concat([before, now], 2);

  const x = tf.reshape<tf.Rank.R2>(hidden_BTD, [batch * tokens, width]); // rows: batch and time folded
  const normed = rmsNorm(x, { weight: vector("input_layernorm"), epsilon });
  const projections = [matrix("self_attn.q_proj"), matrix("self_attn.k_proj"), matrix("self_attn.v_proj")] as const;
  // Of a few rows, three products cost less than one and the copy of the weights that it needs.
  const [q, k, v] =
    batch * tokens < width ? projections.map((layer) => linear(normed, layer)) : fusedLinear(normed, projections);
  const q_BHTC = applyRotary(split(q!, heads), rotary);
  const k_BGTC = applyRotary(split(k!, keyValueHeads), rotary);
  const v_BGTC = split(v!, keyValueHeads);
  const keys_BGSC = join(past?.keys_BGSC, k_BGTC);
  const values_BGSC = join(past?.values_BGSC, v_BGTC);
  const mixed = tf.reshape<tf.Rank.R2>(attention(q_BHTC, keys_BGSC, values_BGSC, { mask }), [
    batch * tokens,
    heads * headDim,
  ]);
  const attended = tf.add<tf.Tensor2D>(x, linear(mixed, matrix("self_attn.o_proj")));
  const wide = swiGlu(rmsNorm(attended, { weight: vector("post_attention_layernorm"), epsilon }), {
    gate: matrix("mlp.gate_proj"),
    up: matrix("mlp.up_proj"),
    down: matrix("mlp.down_proj"),
  });
  return { hidden_BTD: tf.reshape(tf.add(attended, wide), [batch, tokens, width]), keys_BGSC, values_BGSC };
};
