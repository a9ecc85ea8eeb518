import * as tf from "@tensorflow/tfjs";
import { decoderBlock, type KeyValues } from "../model/decoder-block.js";
import { embedTokens, finalNorm, unembed } from "../model/decoder.js";
import { passContext } from "../model/pass-context.js";
import type { LanguageModel } from "../model/language-model.js";

// Axes: B batch, T new tokens, D width, V vocabulary

/** Keys and values of all tokens seen so far, one entry a block. Plain tensors: dispose of the old one after each step. */
export type KeyValueCache = readonly KeyValues[];

/**
 * Logits of the token after `ids_BT`, reading the keys and values of earlier tokens from a cache.
 *
 * @param ids_BT The prompt, padded on the left, with no cache; then one column a step.
 * @returns `logits_BV` and the longer cache, owned by the caller.
 * @example
 * ```ts
 * const first = cachedLogits(model, prompt_BT);
 * const second = cachedLogits(model, next_B1, { cache: first.cache });
 * ```
 * @category generation
 */
export const cachedLogits = (
  { config, params }: Pick<LanguageModel, "config" | "params">,
  ids_BT: tf.Tensor2D,
  options: {
    /** Of the step before; left alone, so it is the caller's to dispose of. */
    readonly cache?: KeyValueCache | undefined;
    /** Padded columns at the left of each row, the same at every step. */
    readonly padding?: readonly number[] | undefined;
  } = {},
): { readonly logits_BV: tf.Tensor2D; readonly cache: KeyValueCache } =>
  tf.tidy(() => {
    const { cache, padding } = options;
    const [batch, tokens] = ids_BT.shape;
    const offset = cache?.[0]?.keys_BGSC.shape[2] ?? 0;
    const contextOf = passContext(config, { tokens, offset, padding });
    let hidden = embedTokens(config, params, ids_BT);
    const longer: KeyValues[] = [];
    for (let block = 0; block < config.layers; block++) {
      const result = tf.tidy(() =>
        decoderBlock(config, params, hidden, { ...contextOf(block), block, past: cache?.[block] }),
      );
      const { hidden_BTD, ...keyValues } = result;
      hidden.dispose();
      hidden = hidden_BTD;
      longer.push(keyValues);
    }
    const last_BD = tf.reshape<tf.Rank.R2>(tf.slice(hidden, [0, tokens - 1, 0], [batch, 1, -1]), [batch, config.hiddenSize]); // prettier-ignore
    return { logits_BV: unembed(config, params, finalNorm(config, params, last_BD)), cache: longer };
  });
