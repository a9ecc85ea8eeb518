import * as tf from "@tensorflow/tfjs";
import type { Compile, Params } from "@vpt/core";
import { collate, type Example } from "./language-batch.js";
import { embedTokens, runBlocks, type DecoderConfig } from "./model/index.js";

/** How rows are batched and run for scoring. */
export interface LossRowsOptions {
  /** Rows a forward pass; default 8. */
  readonly batchSize?: number | undefined;
  /** The block at which cached rows enter. */
  readonly from?: number | undefined;
  /** `compile` of `@vpt/backend`: blocks and head run as graphs. */
  readonly compile?: Compile | undefined;
  /** Called after each batch with the rows done so far. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** The counted positions of one batch. */
export interface LossRows {
  /** Which of the examples, in the order of their positions. */
  readonly chosen: readonly number[];
  /** What enters the final norm at the counted positions, row by row, padded at the end. */
  readonly rows_ND: tf.Tensor2D;
  /** int32: the token to predict at each of them. */
  readonly labels_N: tf.Tensor1D;
}

/**
 * Runs the blocks over examples in batches, rows of near length together, and gives what enters the final norm at the
 * counted positions. The tensors of a batch are freed when the next one is asked for.
 */
export async function* lossRows(
  config: DecoderConfig,
  params: Params,
  examples: readonly Example[],
  { batchSize = 8, from, compile, onProgress }: LossRowsOptions,
): AsyncGenerator<LossRows> {
  const order = examples.map((_, i) => i).sort((a, b) => examples[a]!.ids.length - examples[b]!.ids.length);
  for (let start = 0; start < order.length; start += batchSize) {
    const chosen = order.slice(start, start + batchSize);
    const batch = collate(
      chosen.map((i) => examples[i]!),
      {
        ...(compile ? { padToMultiple: 16, padPositionsToMultiple: 64 } : { padToMultiple: 8 }),
        ...(from !== undefined && { from }),
      },
    );
    const rows_ND = tf.tidy(() => {
      const start_BTD = batch.hidden_BTD ?? embedTokens(config, params, batch.ids_BT);
      const hidden_BTD = runBlocks(config, params, start_BTD, {
        from: batch.from ?? 0,
        compile,
        documents_BT: batch.documents_BT,
      });
      return hidden_BTD.reshape([-1, config.hiddenSize]).gather(batch.lossPositions_N) as tf.Tensor2D;
    });
    try {
      yield { chosen, rows_ND, labels_N: batch.labels_N };
    } finally {
      tf.dispose([batch, rows_ND]);
    }
    onProgress?.(start + chosen.length, order.length);
  }
}
