import * as tf from "@tensorflow/tfjs";
import { compileOnce, pick, type Compile, type Params } from "@vpt/core";
import { candidateLogProbs } from "./candidate-log-probs.js";
import { collate, type Example } from "./language-batch.js";
import { embedTokens, finalNorm, headName, runBlocks, unembed, type DecoderConfig } from "./model/index.js";

/** Teacher-forced negative log-likelihood, in nats. */
export interface ExampleNll {
  /** Mean over all counted tokens of all rows. */
  readonly nllPerToken: number;
  readonly tokens: number;
  /** Share of counted tokens that are the model's first choice. */
  readonly accuracy: number;
  /** Sum and count of each row, in the order given. */
  readonly rows: readonly { readonly nll: number; readonly tokens: number }[];
}

/** How rows are batched. */
export interface ExampleNllOptions {
  readonly batchSize?: number;
  /** The block at which cached rows enter. */
  readonly from?: number;
  /** `compile` of `@vpt/backend`: blocks and head run as graphs. */
  readonly compile?: Compile | undefined;
  readonly onProgress?: (done: number, total: number) => void;
}

/** `[2, N]`: log-probability of the next token, and whether it is the first choice. */
const scoreRows = (config: DecoderConfig, params: Params, rows_ND: tf.Tensor2D, labels_N: tf.Tensor1D): tf.Tensor2D => {
  const logits_NV = unembed(config, params, finalNorm(config, params, rows_ND));
  const logP_N = candidateLogProbs(logits_NV, labels_N.expandDims(1)).squeeze<tf.Tensor1D>([1]);
  const hit_N = logits_NV.argMax(1).equal(labels_N).cast("float32");
  return tf.stack([logP_N, hit_N]) as tf.Tensor2D;
};

/**
 * `−log p(next | ids)` at the counted positions of each row.
 *
 * @example
 * ```ts
 * const { nllPerToken } = await exampleNll(config, params, examples);
 * ```
 */
export async function exampleNll(
  config: DecoderConfig,
  params: Params,
  examples: readonly Example[],
  { batchSize = 8, from, compile, onProgress }: ExampleNllOptions = {},
): Promise<ExampleNll> {
  const order = examples.map((_, i) => i).sort((a, b) => examples[a]!.ids.length - examples[b]!.ids.length);
  const rows = examples.map(() => ({ nll: 0, tokens: 0 }));
  let hits = 0;
  for (let start = 0; start < order.length; start += batchSize) {
    const chosen = order.slice(start, start + batchSize);
    const batch = collate(
      chosen.map((i) => examples[i]!),
      {
        ...(compile ? { padToMultiple: 16, padPositionsToMultiple: 64 } : { padToMultiple: 8 }),
        ...(from !== undefined && { from }),
      },
    );
    const scored = tf.tidy(() => {
      const start_BTD = batch.hidden_BTD ?? embedTokens(config, params, batch.ids_BT);
      const hidden_BTD = runBlocks(config, params, start_BTD, {
        from: batch.from ?? 0,
        compile,
        documents_BT: batch.documents_BT,
      });
      const hidden_RD = hidden_BTD.reshape([-1, config.hiddenSize]) as tf.Tensor2D;
      const head = pick(params, ["model.norm.weight", headName(config)]);
      return compileOnce(compile, scoreRows)(config, head, hidden_RD.gather(batch.lossPositions_N), batch.labels_N);
    });
    const data = await scored.data();
    const width = scored.shape[1]!;
    let position = 0;
    for (const i of chosen) {
      for (const m of examples[i]!.lossMask) {
        if (m === 0) continue;
        rows[i]!.nll -= data[position]!;
        rows[i]!.tokens += 1;
        hits += data[width + position]!;
        position += 1;
      }
    }
    tf.dispose([batch, scored]);
    onProgress?.(start + chosen.length, order.length);
  }
  const tokens = rows.reduce((sum, row) => sum + row.tokens, 0);
  const nll = rows.reduce((sum, row) => sum + row.nll, 0);
  return { nllPerToken: tokens === 0 ? 0 : nll / tokens, tokens, accuracy: tokens === 0 ? 0 : hits / tokens, rows };
}
