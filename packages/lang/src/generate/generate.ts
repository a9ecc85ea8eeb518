import * as tf from "@tensorflow/tfjs";
import { randomFromSeed, VptError, type Compile, type Random } from "@vpt/core";
import type { LanguageModel } from "../model/language-model.js";
import { forwardWithKvCache, growKvCache, type KeyValueCache } from "./forward-with-kv-cache.js";
import { sampleToken, type Sampling } from "./sample-token.js";

/** Options of {@link generate}. */
export interface GenerateOptions {
  readonly maxNewTokens: number;
  /** 0 (default) is greedy. */
  readonly temperature?: number;
  /** Nucleus; 1 (default) keeps every token. */
  readonly topP?: number;
  /** A text ends before the first of these. */
  readonly stop?: readonly string[];
  /** Needed unless greedy. Each prompt draws from a stream of its own, so its text does not depend on its batch. */
  readonly random?: Random;
  /** One seed a prompt, in place of `random`: a sample then depends on nothing but its prompt and its seed. */
  readonly seeds?: readonly number[];
  /** Prompts a forward pass; default 16. */
  readonly batchSize?: number;
  /** `compile` of `@vpt/backend`: every token after the first is one graph, traced once for batches of like length. */
  readonly compile?: Compile | undefined;
  /** Called after every finished batch. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number; readonly tokens: number }) => void;
}

/** What a prompt was continued with. */
export interface Generation {
  /** Without the prompt, the stop string and the end token. */
  readonly text: string;
  /** Every token drawn but the end token. */
  readonly ids: readonly number[];
  /** `end`: the model ended it. `stop`: a stop string. `length`: `maxNewTokens`. */
  readonly finish: "end" | "stop" | "length";
}

interface Row {
  readonly index: number;
  readonly prompt: readonly number[];
  readonly sampling: Sampling;
  readonly ids: number[];
  text?: string;
  finish?: Generation["finish"];
}

/** Cuts the text at the first stop string. Looks at the last tokens only, until there is one. */
const cutAtStop = (model: LanguageModel, ids: readonly number[], stop: readonly string[]): string | undefined => {
  if (stop.length === 0) return undefined;
  const window = 3 * Math.max(...stop.map((text) => text.length)) + 4; // a token is a byte at least
  const recent = model.tokenizer.decode(ids.slice(-window));
  if (!stop.some((text) => recent.includes(text))) return undefined;
  const text = model.tokenizer.decode(ids);
  const cuts = stop.map((end) => text.indexOf(end)).filter((at) => at >= 0);
  return cuts.length === 0 ? undefined : text.slice(0, Math.min(...cuts));
};

const disposeCache = (cache: KeyValueCache = []): void =>
  cache.forEach(({ keys_BGSC, values_BGSC }) => tf.dispose([keys_BGSC, values_BGSC]));

const lengthStep = 64;

/** Continues the rows of one batch in place. */
const continueBatch = async (model: LanguageModel, rows: readonly Row[], options: GenerateOptions): Promise<void> => {
  const { maxNewTokens, stop = [], compile } = options;
  const ends = new Set([...model.config.endIds, model.tokenizer.eos]);
  const vocabulary = Math.min(model.config.vocabSize, model.tokenizer.vocabularySize);
  const longest = Math.max(...rows.map(({ prompt }) => prompt.length));
  const padding = rows.map(({ prompt }) => longest - prompt.length);
  let next = rows.map(({ prompt }, b) => [...Array.from({ length: padding[b]! }, () => 0), ...prompt]);
  // Compiled steps keep a cache of one length: another length would be another trace
  const capacity = Math.ceil((longest + maxNewTokens) / lengthStep) * lengthStep;
  let cache: KeyValueCache | undefined;
  try {
    for (let step = 0; step < maxNewTokens && rows.some(({ finish }) => finish === undefined); step++) {
      const ids_BT = tf.tensor2d(next, undefined, "int32");
      const fixed = step > 0 && compile ? { cacheLength: longest + step - 1, compile } : {};
      const result = forwardWithKvCache(model, ids_BT, { cache, padding, ...fixed });
      disposeCache(cache);
      cache = step === 0 && compile ? growKvCache(result.cache, capacity) : result.cache;
      if (cache !== result.cache) disposeCache(result.cache);
      const logits = (await result.logits_BV.data()) as Float32Array;
      tf.dispose([ids_BT, result.logits_BV]);
      next = rows.map((row, b) => {
        if (row.finish !== undefined) return [0];
        const start = b * model.config.vocabSize;
        const id = sampleToken(logits.subarray(start, start + vocabulary), row.sampling);
        if (ends.has(id)) {
          row.finish = "end";
          return [id];
        }
        row.ids.push(id);
        const text = cutAtStop(model, row.ids, stop);
        if (text !== undefined) Object.assign(row, { text, finish: "stop" });
        return [id];
      });
    }
  } finally {
    disposeCache(cache);
  }
};

/**
 * Continues prompts token by token, greedily or by sampling, with a key/value cache and left-padded batches. Prompts of
 * like length share a batch. No begin token is added. Ids past the tokenizer's are never drawn.
 *
 * @param prompts Text, or the ids of a text.
 * @returns One {@link Generation} a prompt, in their order. No tensor is left behind.
 * @throws {VptError} A prompt is empty, or prompt and `maxNewTokens` exceed the model's positions.
 * @example
 * ```ts
 * const prompts = ["Question: What is 2 + 2?\n Answer: "];
 * const [answer] = await generate(model, prompts, { maxNewTokens: 32, stop: ["Question:"] });
 * console.log(answer.text);
 * ```
 * @category generation
 */
export const generate = async (
  model: LanguageModel,
  prompts: readonly (string | readonly number[])[],
  options: GenerateOptions,
): Promise<readonly Generation[]> => {
  const { maxNewTokens, temperature = 0, topP = 1, random, seeds, batchSize = 16, onProgress } = options;
  if (temperature > 0 && random === undefined && seeds === undefined) {
    throw new VptError("generate: a temperature above 0 needs `random`, such as randomFromSeed(0).");
  }
  const rows = prompts.map((text, index): Row => {
    const prompt = typeof text === "string" ? model.tokenizer.encode(text) : text;
    const { maxPositions } = model.config;
    if (prompt.length === 0) throw new VptError(`generate: prompt ${index} has no tokens; expected some text.`);
    if (prompt.length + maxNewTokens > maxPositions) {
      throw new VptError(
        `generate: prompt ${index} has ${prompt.length} tokens; with ${maxNewTokens} new ones it exceeds ` +
          `the model's ${maxPositions} positions. Shorten the prompt or lower maxNewTokens.`,
      );
    }
    const own = seeds?.[index];
    const stream =
      own === undefined ? random && randomFromSeed(random.integer(2 ** 31), `${index}`) : randomFromSeed(own);
    return { index, prompt, sampling: { temperature, topP, random: stream }, ids: [] };
  });
  const longestFirst = [...rows].sort((a, b) => b.prompt.length - a.prompt.length || a.index - b.index);
  let tokens = 0;
  for (let start = 0; start < rows.length; start += batchSize) {
    const batch = longestFirst.slice(start, start + batchSize);
    await continueBatch(model, batch, options);
    tokens += batch.reduce((sum, { ids }) => sum + ids.length, 0);
    onProgress?.({ done: start + batch.length, total: rows.length, tokens });
  }
  return rows.map(({ ids, text, finish = "length" }) => ({ text: text ?? model.tokenizer.decode(ids), ids, finish }));
};
