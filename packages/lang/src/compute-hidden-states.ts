import * as tf from "@tensorflow/tfjs";
import type { Compile, Params } from "@vpt/core";
import { collate, type Example } from "./language-batch.js";
import { embedTokens, runBlocks, type DecoderConfig } from "./model/index.js";

/** How far, and who wants to know. */
export interface CachePrefixOptions {
  /** Blocks below this one are frozen; their output is what gets cached. */
  readonly to: number;
  readonly batchSize?: number;
  /** `compile` of `@vpt/backend`: the blocks run as graphs. */
  readonly compile?: Compile | undefined;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Runs the frozen blocks once over every row, so that no later step has to: the same rows, carrying what enters block
 * `to`. Costs `width · 4` bytes a token.
 *
 * @returns Rows in the order given. `params` are left alone; no tensors remain.
 * @example
 * ```ts
 * const cached = await computeHiddenStates(config, params, examples, { to: config.layers - 2 });
 * const batch = collate(cached.slice(0, 4), { from: config.layers - 2 });
 * ```
 */
export async function computeHiddenStates(
  config: DecoderConfig,
  params: Params,
  examples: readonly Example[],
  { to, batchSize = 8, compile, onProgress }: CachePrefixOptions,
): Promise<Example[]> {
  // Rows of near length share a batch, so that little of it is padding.
  const order = examples.map((_, i) => i).sort((a, b) => examples[a]!.ids.length - examples[b]!.ids.length);
  const cached: Example[] = [...examples];
  for (let start = 0; start < order.length; start += batchSize) {
    const rows = order.slice(start, start + batchSize);
    const batch = collate(
      rows.map((i) => examples[i]!),
      { padToMultiple: 8 },
    );
    const hidden_BTD = tf.tidy(() =>
      runBlocks(config, params, embedTokens(config, params, batch.ids_BT), {
        to,
        compile,
        documents_BT: batch.documents_BT,
      }),
    );
    const [, tokens, width] = hidden_BTD.shape;
    const data = (await hidden_BTD.data()) as Float32Array;
    rows.forEach((i, row) => {
      const begin = row * tokens * width;
      cached[i] = { ...examples[i]!, hidden: data.slice(begin, begin + examples[i]!.ids.length * width) };
    });
    tf.dispose([batch, hidden_BTD]);
    onProgress?.(start + rows.length, order.length);
  }
  return cached;
}
