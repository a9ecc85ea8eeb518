import * as tf from "@tensorflow/tfjs";
import { compileOnce, type Compile, type Params } from "@vpt/core";
import { decoderBlock, type BlockContext, type KeyValues } from "../model/decoder-block.js";
import type { DecoderConfig } from "../model/decoder-config.js";
import { embedTokens, finalNorm, unembed } from "../model/decoder.js";
import { attentionContext } from "../model/attention-context.js";
import type { LanguageModel } from "../model/language-model.js";

// Axes: B batch, T new tokens, D width, V vocabulary

/**
 * Keys and values of all tokens seen so far, one entry a block. Plain tensors: dispose of the old one after each step.
 */
export type KeyValueCache = readonly KeyValues[];

/**
 * Logits of the token after `ids_BT`, reading the keys and values of earlier tokens from a cache.
 *
 * @param ids_BT The prompt, padded on the left, with no cache; then one column a step.
 * @param options With `compile` and a cache of a fixed length (see `growKvCache`), one graph serves every step.
 * @returns `logits_BV` and the longer cache, owned by the caller.
 * @example
 * ```ts
 * import { forwardWithKvCache } from "@vpt/lang";
 * const first = forwardWithKvCache(model, prompt_BT);
 * const second = forwardWithKvCache(model, next_B1, { cache: first.cache });
 * ```
 * @category generation
 */
export const forwardWithKvCache = (
  { config, params }: Pick<LanguageModel, "config" | "params">,
  ids_BT: tf.Tensor2D,
  options: {
    /** Of the step before; left alone, so it is the caller's to dispose of. */
    readonly cache?: KeyValueCache | undefined;
    /** Padded columns at the left of each row, the same at every step. */
    readonly padding?: readonly number[] | undefined;
    /** Tokens in a cache of a fixed length. Absent: all of it. */
    readonly cacheLength?: number | undefined;
    /** `compile` of `@vpt/backend`. */
    readonly compile?: Compile | undefined;
  } = {},
): { readonly logits_BV: tf.Tensor2D; readonly cache: KeyValueCache } =>
  tf.tidy(() => {
    const { cache, padding, cacheLength, compile } = options;
    const capacity = cache?.[0]?.keys_BGSC.shape[2] ?? 0;
    const contextOf = attentionContext(config, {
      tokens: ids_BT.shape[1],
      offset: cacheLength ?? capacity,
      capacity: cacheLength === undefined ? undefined : capacity,
      padding,
    });
    const contexts = [...new Set(Array.from({ length: config.layers }, (_, block) => contextOf(block)))];
    const contextIndex = Array.from({ length: config.layers }, (_, block) => contexts.indexOf(contextOf(block)));
    return compileOnce(compile, forward)(config, params, ids_BT, cache ?? [], contexts, contextIndex);
  });

/** Room for `capacity` tokens in a cache: a new one, with zeros at its end. */
export const growKvCache = (cache: KeyValueCache, capacity: number): KeyValueCache =>
  tf.tidy(() => {
    const wide = (tensor: tf.Tensor4D): tf.Tensor4D =>
      tf.pad4d(tensor, [
        [0, 0],
        [0, 0],
        [0, capacity - tensor.shape[2]],
        [0, 0],
      ]);
    return cache.map(({ keys_BGSC, values_BGSC }) => ({ keys_BGSC: wide(keys_BGSC), values_BGSC: wide(values_BGSC) }));
  });

/** The whole pass as a function of tensors. `contextIndex` says which of the contexts each block has. */
const forward = (
  config: DecoderConfig,
  params: Params,
  ids_BT: tf.Tensor2D,
  cache: KeyValueCache,
  contexts: readonly BlockContext[],
  contextIndex: readonly number[],
): { logits_BV: tf.Tensor2D; cache: KeyValues[] } =>
  tf.tidy(() => {
    const [batch, tokens] = ids_BT.shape;
    let hidden = embedTokens(config, params, ids_BT);
    const longer: KeyValues[] = [];
    for (let block = 0; block < config.layers; block++) {
      const result = tf.tidy(() =>
        decoderBlock(config, params, hidden, { ...contexts[contextIndex[block]!]!, block, past: cache[block] }),
      );
      const { hidden_BTD, ...keyValues } = result;
      hidden.dispose();
      hidden = hidden_BTD;
      longer.push(keyValues);
    }
    const last_BD = tf.reshape<tf.Rank.R2>(tf.slice(hidden, [0, tokens - 1, 0], [batch, 1, -1]), [
      batch,
      config.hiddenSize,
    ]);
    return { logits_BV: unembed(config, params, finalNorm(config, params, last_BD)), cache: longer };
  });
