import * as tf from "@tensorflow/tfjs";
import { compileOnce, pick, VptError, type Compile, type Params } from "@vpt/core";
import { digitTokens } from "../digit-tokens.js";
import type { Example } from "../language-batch.js";
import { lossRows } from "../loss-rows.js";
import { finalNorm, headName, type DecoderConfig, type LanguageModel } from "../model/index.js";
import { parameter } from "../model/parameter.js";
import { promptIds } from "../tokenizer/index.js";

/** Text, and numbers that could follow it. */
export interface DigitRequest {
  readonly context: string;
  readonly choices: readonly string[];
}

/** Batch size and compilation of a digit scorer. */
export interface DigitScorerOptions {
  /** Rows a forward pass; default 8. */
  readonly batchSize?: number;
  /** `compile` of `@vpt/backend`: blocks and head run as graphs. */
  readonly compile?: Compile | undefined;
}

/** Logits `[N, 10]` of the digits. */
const digitLogits = (config: DecoderConfig, params: Params, rows_ND: tf.Tensor2D, digits_D: tf.Tensor1D): tf.Tensor2D =>
  tf.matMul(
    finalNorm(config, params, rows_ND),
    parameter<tf.Tensor2D>(params, headName(config)).gather(digits_D),
    false,
    true,
  );

/**
 * A model as the `DigitScorer` of `@vpt/eval/choices`: for each request, the logits of the ten digits before each digit
 * of its choices, by the part of the choice that stands before. Texts that begin alike share a row, so that the
 * questions about one text cost little more than the text.
 *
 * @throws {VptError} When the tokenizer writes several digits as one token.
 * @example
 * ```ts
 * import { digitScorer } from "@vpt/lang/evaluation";
 * const [logits] = await digitScorer(model).score([{ context: "2 * 12 = ", choices: ["24", "34"] }]);
 * // { "": [ten numbers], "2": [ten numbers], "3": [ten numbers] }
 * ```
 * @category scoring
 */
export const digitScorer = (
  model: LanguageModel,
  options: DigitScorerOptions = {},
): { score(requests: readonly DigitRequest[]): Promise<readonly Readonly<Record<string, readonly number[]>>[]> } => ({
  async score(requests) {
    const { config, params, tokenizer } = model;
    const digits = digitTokens(tokenizer);
    if (!digits)
      throw new VptError(
        "digitScorer: the tokenizer writes several digits as one token; expected one token a digit, as SmolLM2's",
      );
    const places = requests.flatMap(({ context, choices }, request) =>
      prefixesOf(choices).map((before) => ({
        request,
        before,
        ids: promptIds(tokenizer, context + before).slice(-config.maxPositions),
      })),
    );
    if (places.some(({ ids }) => ids.length === 0))
      throw new VptError("digitScorer: a context without a token; expected text before the number");
    const { examples, placesOf } = sharedRows(places.map(({ ids }) => ids));
    const found: Record<string, readonly number[]>[] = requests.map(() => ({}));
    const head = pick(params, ["model.norm.weight", headName(config)]);
    const digits_D = tf.tensor1d([...digits], "int32");
    for await (const { chosen, rows_ND } of lossRows(config, params, examples, options)) {
      const logits = tf.tidy(() => compileOnce(options.compile, digitLogits)(config, head, rows_ND, digits_D));
      const values = await logits.array();
      logits.dispose();
      chosen
        .flatMap((row) => placesOf[row]!)
        .forEach((sharing, n) => {
          for (const place of sharing) found[places[place]!.request]![places[place]!.before] = values[n]!;
        });
    }
    digits_D.dispose();
    return found;
  },
});

/** The different beginnings of numbers after which a digit comes. */
const prefixesOf = (choices: readonly string[]): string[] => [
  ...new Set(choices.flatMap((choice) => [...choice].flatMap((c, j) => (/[0-9]/.test(c) ? [choice.slice(0, j)] : [])))),
];

/**
 * Rows that cover all texts: one that another one begins with is a place in that one's row.
 *
 * @returns For each row, in the order of its counted positions, which texts end there.
 */
function sharedRows(texts: readonly (readonly number[])[]): {
  readonly examples: readonly Example[];
  readonly placesOf: readonly (readonly (readonly number[])[])[];
} {
  const order = [...texts.keys()].sort((a, b) => compareIds(texts[b]!, texts[a]!)); // what goes on comes first
  const rows: { readonly ids: readonly number[]; readonly ends: Map<number, number[]> }[] = [];
  for (const text of order) {
    const ids = texts[text]!;
    const last = rows.at(-1);
    if (!last || !ids.every((id, t) => id === last.ids[t]))
      rows.push({ ids, ends: new Map([[ids.length - 1, [text]]]) });
    else last.ends.set(ids.length - 1, [...(last.ends.get(ids.length - 1) ?? []), text]);
  }
  return {
    examples: rows.map(({ ids, ends }) => ({
      ids: Int32Array.from(ids),
      labels: new Int32Array(ids.length),
      lossMask: Uint8Array.from(ids, (_, t) => (ends.has(t) ? 1 : 0)),
    })),
    placesOf: rows.map(({ ends }) => [...ends.keys()].sort((a, b) => a - b).map((t) => ends.get(t)!)),
  };
}

/** Order of words: by the first id that differs, and a beginning before what goes on. */
function compareIds(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((id, t) => id !== b[t]);
  if (at < 0) return a.length - b.length;
  return at < b.length ? a[at]! - b[at]! : 1;
}
