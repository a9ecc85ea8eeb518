import { cpus } from "node:os";
import * as tf from "@tensorflow/tfjs";
import { compile } from "@vpt/backend";
import { randomFromSeed, type Compile } from "@vpt/core";
import { generate, initDecoder, type LanguageModel } from "@vpt/lang";
import type { BenchOptions } from "./bench-options.js";
import { runInterleaved, timed, type Comparison, type Implementation } from "./run-interleaved.js";
import { shapes, type ShapeName } from "./shapes.js";
import type { Reference } from "./torch-reference.js";

/** What is generated. */
export interface BenchGenerateOptions extends BenchOptions {
  readonly shape: ShapeName;
  /** Prompts side by side; each number is compared on its own. */
  readonly batches: readonly number[];
  readonly promptTokens: number;
  readonly newTokens: number;
}

/** Times of greedy continuations, prompt included. */
export interface BenchGenerate {
  readonly shape: ShapeName;
  readonly promptTokens: number;
  readonly newTokens: number;
  readonly threads: number;
  readonly processor: string;
  readonly torch?: string;
  readonly comparison: Comparison;
  /** By batch: new tokens of all rows a second of ours. */
  readonly tokensPerSecond: Readonly<Record<string, number>>;
  /** By batch: time of transformers' `generate` ÷ ours. */
  readonly ratios: Readonly<Record<string, number>>;
}

const compiled: Compile = (f) => compile(f, { cacheSize: 16 });

/** A model with random weights; prompts come as token ids, so its tokenizer is never used. */
function randomModel(shape: ShapeName): LanguageModel {
  const config = shapes[shape];
  const tokenizer: LanguageModel["tokenizer"] = {
    encode: () => [],
    decode: () => "",
    vocabularySize: config.vocabSize,
  };
  return { config, params: initDecoder(config, 0), tokenizer };
}

/**
 * Measures greedy continuations with random weights: ours with a key/value cache and compiled steps, and transformers'
 * own `generate`, in turn. No continuation ends early: all rows take all new tokens.
 *
 * @throws {VptError} When the reference does not start.
 * @example
 * ```ts
 * import { benchGenerate, torchReference } from "@vpt/bench";
 *
 * const sizes = { shape: "smollm2-135m", batches: [1, 8], promptTokens: 16, newTokens: 128 } as const;
 * const { ratios } = await benchGenerate({ ...sizes, rounds: 3, reference: torchReference("python3") });
 * ```
 */
export async function benchGenerate(options: BenchGenerateOptions): Promise<BenchGenerate> {
  const { shape, batches, promptTokens, newTokens } = options;
  const threads = cpus().length;
  const model = randomModel(shape);
  const { config } = model;
  const random = randomFromSeed(0, "bench prompts");
  const prompt = (): number[] => Array.from({ length: promptTokens }, () => random.integer(config.vocabSize));
  const setup = { kind: "generate", config, tokens: newTokens, prompt: promptTokens, threads };
  const references: Reference[] = [];
  try {
    const implementations: Record<string, Implementation> = {};
    for (const batch of batches) {
      const prompts = Array.from({ length: batch }, prompt);
      implementations[`ours ${batch}`] = timed(async () => {
        const generations = await generate(model, prompts, {
          maxNewTokens: newTokens,
          batchSize: batch,
          compile: compiled,
        });
        return generations.reduce((sum, { ids }) => sum + ids.length, 0);
      }, options.now);
      const reference = await options.reference?.({ ...setup, batch });
      if (!reference) continue;
      references.push(reference);
      implementations[`transformers ${batch}`] = () => reference.run("eager");
    }
    const comparison = await runInterleaved(implementations, { ...options, warmUp: 1 });
    const median = (name: string): number => comparison[name]!.timing.median;
    const each = (of: (batch: number) => number): Record<string, number> =>
      Object.fromEntries(batches.map((batch) => [`batch ${batch}`, of(batch)]));
    return {
      shape,
      promptTokens,
      newTokens,
      threads,
      processor: cpus()[0]!.model,
      ...(references[0] && { torch: references[0].torch }),
      comparison,
      tokensPerSecond: each((batch) => (batch * newTokens) / median(`ours ${batch}`)),
      ratios: references[0] ? each((batch) => median(`transformers ${batch}`) / median(`ours ${batch}`)) : {},
    };
  } finally {
    for (const reference of references) reference.close();
    tf.dispose(model.params);
  }
}
