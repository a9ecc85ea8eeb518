import { cpus } from "node:os";
import * as tf from "@tensorflow/tfjs";
import { compile } from "@vpt/backend";
import { randomFromSeed, type Compile } from "@vpt/core";
import { generate, initDecoder, type LanguageModel } from "@vpt/lang";
import { shapes, type ShapeName } from "./shapes.js";
import { runInterleaved, timed, type Measurement, type Implementation } from "./timing.js";
import { startTorchReference } from "./torch-reference.js";

/** What is generated, how often, and against whom. */
export interface BenchGenerateOptions {
  readonly shape: ShapeName;
  /** Prompts side by side; each number is a measurement of its own. */
  readonly batches: readonly number[];
  readonly promptTokens: number;
  readonly newTokens: number;
  readonly rounds: number;
  /** A Python that has torch and transformers; without it only ours is timed. */
  readonly python?: string;
  readonly onRound?: (line: string) => void;
}

/** Times of greedy continuations, prompt included. */
export interface BenchGenerate {
  readonly shape: ShapeName;
  readonly promptTokens: number;
  readonly newTokens: number;
  readonly threads: number;
  readonly processor: string;
  readonly torch?: string;
  readonly comparison: Readonly<Record<string, Measurement>>;
  /** By batch: new tokens of all rows a second of ours. */
  readonly tokensPerSecond: Readonly<Record<string, number>>;
  /** By batch: time of transformers' `generate` ÷ ours. */
  readonly ratios: Readonly<Record<string, number>>;
}

const compiled: Compile = (f) => compile(f, { cacheSize: 16 });

/**
 * Greedy continuations with random weights: ours with a key/value cache and compiled steps, transformers' own `generate`, in turn. Nothing
 * ends early: all rows take all new tokens.
 *
 * @throws {VptError} When the Python does not start, or has no torch or transformers.
 * @example
 * ```ts
 * const { ratios } = await benchGenerate({ shape: "smollm2-135m", batches: [1, 8], promptTokens: 16, newTokens: 128, rounds: 3, python: "python3" });
 * ```
 */
export async function benchGenerate(options: BenchGenerateOptions): Promise<BenchGenerate> {
  const { shape, batches, promptTokens, newTokens, rounds, python, onRound } = options;
  const threads = cpus().length;
  const config = shapes[shape];
  const tokenizer: LanguageModel["tokenizer"] = {
    encode: () => [],
    decode: () => "",
    vocabularySize: config.vocabSize,
  };
  const model: LanguageModel = { config, params: initDecoder(config, 0), tokenizer };
  const random = randomFromSeed(0, "bench prompts");
  const promptOf = (): number[] => Array.from({ length: promptTokens }, () => random.integer(config.vocabSize));
  const setup = { kind: "generate", config, tokens: newTokens, prompt: promptTokens, threads };
  const references = new Map<number, Awaited<ReturnType<typeof startTorchReference>>>();
  try {
    const implementations: Record<string, Implementation> = {};
    for (const batch of batches) {
      const prompts = Array.from({ length: batch }, promptOf);
      implementations[`ours ${batch}`] = timed(async () => {
        const given = { maxNewTokens: newTokens, batchSize: batch, compile: compiled };
        const generations = await generate(model, prompts, given);
        return generations.reduce((sum, { ids }) => sum + ids.length, 0);
      });
      if (!python) continue;
      const reference = await startTorchReference(python, { ...setup, batch });
      references.set(batch, reference);
      implementations[`transformers ${batch}`] = () => reference.run("eager");
    }
    const comparison = await runInterleaved(implementations, { rounds, warmUp: 1, ...(onRound && { onRound }) });
    const median = (name: string): number => comparison[name]!.timing.median;
    const each = (of: (batch: number) => number): Record<string, number> =>
      Object.fromEntries(batches.map((batch) => [`batch ${batch}`, of(batch)]));
    const torch = references.values().next().value?.torch;
    return {
      shape,
      promptTokens,
      newTokens,
      threads,
      processor: cpus()[0]!.model,
      ...(torch !== undefined && { torch }),
      comparison,
      tokensPerSecond: each((batch) => (batch * newTokens) / median(`ours ${batch}`)),
      ratios: python ? each((batch) => median(`transformers ${batch}`) / median(`ours ${batch}`)) : {},
    };
  } finally {
    for (const reference of references.values()) reference.close();
    tf.dispose(model.params);
  }
}
