import * as tf from "@tensorflow/tfjs";
import { compileOnce, pick, VptError, type Params } from "@vpt/core";
import { candidateLogProbs, gatherCandidates } from "./candidate-log-probs.js";
import { digitTokens } from "./digit-tokens.js";
import { tokenClass, type TokenClass } from "./evaluation/token-class.js";
import type { Example } from "./language-batch.js";
import { lossRows, type LossRowsOptions } from "./loss-rows.js";
import { finalNorm, headName, unembed, type DecoderConfig } from "./model/index.js";
import type { Tokenizer } from "./tokenizer/index.js";

/** A sum of negative log-likelihoods, in nats, and of how many tokens it is. */
export interface NllSum {
  readonly nll: number;
  readonly tokens: number;
}

/** Teacher-forced negative log-likelihood, in nats. */
export interface ExampleNll {
  /** Mean over all counted tokens of all rows. */
  readonly nllPerToken: number;
  readonly tokens: number;
  /** Share of counted tokens that are the model's first choice. */
  readonly accuracy: number;
  /** Sum and count of each row, in the order given. */
  readonly rows: readonly NllSum[];
  /** Sum and count of each class of counted tokens; with `tokenizer`. */
  readonly classes?: Readonly<Record<TokenClass, NllSum>>;
  /**
   * Cross-entropy of the softmax over the ten digit tokens alone, summed where a digit is counted: which digit, not
   * whether one. With a `tokenizer` that writes numbers digit by digit.
   */
  readonly digits?: NllSum;
}

/** How rows are batched, and what is reported beside the likelihood. */
export interface ExampleNllOptions extends LossRowsOptions {
  /** Added to the logits of every position, such as that of `fitLogitBias`: one number a token of the vocabulary. */
  readonly bias_V?: Float32Array | undefined;
  /** Reports classes of tokens, and digits, by the texts of its tokens. */
  readonly tokenizer?: Pick<Tokenizer, "encode" | "decode"> | undefined;
}

/** What is added to the logits, and the ten tokens of `digits`. */
type Extras = { readonly bias_V?: tf.Tensor1D; readonly digits_D?: tf.Tensor1D };

/** `[2, N]`: log-probability of the next token, and whether it is the first choice; `[3, N]` among digits too. */
const scoreRows = (
  config: DecoderConfig,
  params: Params,
  rows_ND: tf.Tensor2D,
  labels_N: tf.Tensor1D,
  { bias_V, digits_D }: Extras,
): tf.Tensor2D => {
  const plain_NV = unembed(config, params, finalNorm(config, params, rows_ND));
  const logits_NV = bias_V ? plain_NV.add<tf.Tensor2D>(bias_V) : plain_NV;
  const logP_N = candidateLogProbs(logits_NV, labels_N.expandDims(1)).squeeze<tf.Tensor1D>([1]);
  const hit_N = logits_NV.argMax(1).equal(labels_N).cast("float32");
  if (!digits_D) return tf.stack([logP_N, hit_N]) as tf.Tensor2D;
  const label_N = gatherCandidates(logits_NV, labels_N.expandDims(1)).squeeze<tf.Tensor1D>([1]);
  return tf.stack([logP_N, hit_N, label_N.sub(logits_NV.gather(digits_D, 1).logSumExp(1))]) as tf.Tensor2D;
};

/**
 * `−log p(next | ids)` at the counted positions of each row.
 *
 * @throws {VptError} When `bias_V` has another length than the vocabulary.
 * @example
 * ```ts
 * import { exampleNll } from "@vpt/lang";
 * const { nllPerToken, classes } = await exampleNll(config, params, examples, { tokenizer: model.tokenizer });
 * ```
 */
export async function exampleNll(
  config: DecoderConfig,
  params: Params,
  examples: readonly Example[],
  { bias_V, tokenizer, ...options }: ExampleNllOptions = {},
): Promise<ExampleNll> {
  const digitIds = tokenizer && digitTokens(tokenizer);
  const extras: Extras = {
    ...(bias_V && { bias_V: biasTensor(bias_V, config) }),
    ...(digitIds && { digits_D: tf.tensor1d([...digitIds], "int32") }),
  };
  const rows = examples.map(() => ({ nll: 0, tokens: 0 }));
  const classes = { format: emptySum(), digits: emptySum(), words: emptySum() };
  const digits = emptySum();
  const classOf = tokenizer && classReader(tokenizer);
  let hits = 0;
  const head = pick(params, ["model.norm.weight", headName(config)]);
  for await (const { chosen, rows_ND, labels_N } of lossRows(config, params, examples, options)) {
    const scored = tf.tidy(() => compileOnce(options.compile, scoreRows)(config, head, rows_ND, labels_N, extras));
    const data = await scored.data();
    const width = scored.shape[1]!;
    scored.dispose();
    let position = 0;
    for (const i of chosen)
      for (const [t, m] of examples[i]!.lossMask.entries()) {
        if (m === 0) continue;
        const [id, nll] = [examples[i]!.labels[t]!, -data[position]!];
        addTo(rows[i]!, nll);
        hits += data[width + position]!;
        if (classOf) addTo(classes[classOf(id)], nll);
        if (digitIds?.includes(id)) addTo(digits, -data[2 * width + position]!);
        position += 1;
      }
  }
  tf.dispose(extras);
  const tokens = rows.reduce((sum, row) => sum + row.tokens, 0);
  const nll = rows.reduce((sum, row) => sum + row.nll, 0);
  return {
    nllPerToken: tokens === 0 ? 0 : nll / tokens,
    tokens,
    accuracy: tokens === 0 ? 0 : hits / tokens,
    rows,
    ...(tokenizer && { classes }),
    ...(digitIds && { digits }),
  };
}

const emptySum = () => ({ nll: 0, tokens: 0 });

function addTo(sum: { nll: number; tokens: number }, nll: number): void {
  sum.nll += nll;
  sum.tokens += 1;
}

/** The class of a token by its id; each text is decoded once. */
function classReader({ decode }: Pick<Tokenizer, "decode">): (id: number) => TokenClass {
  const known = new Map<number, TokenClass>();
  return (id) => {
    const found = known.get(id) ?? tokenClass(decode([id]));
    known.set(id, found);
    return found;
  };
}

function biasTensor(bias_V: Float32Array, { vocabSize }: DecoderConfig): tf.Tensor1D {
  if (bias_V.length !== vocabSize)
    throw new VptError(
      `exampleNll: bias_V has ${bias_V.length} numbers; expected ${vocabSize}, one a token of the vocabulary`,
    );
  return tf.tensor1d(bias_V);
}
