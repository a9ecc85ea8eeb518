import { cpus } from "node:os";
import * as tf from "@tensorflow/tfjs";
import { compile } from "@vpt/backend";
import { randomFromSeed, type Compile } from "@vpt/core";
import { generate, initDecoder, type LanguageModel } from "@vpt/lang";
import { shapes, type ShapeName } from "./shapes.js";
import { runInterleaved, timed, type Contest, type Implementation } from "./timing.js";
import { startTorchPeer } from "./torch-peer.js";

/** What is generated, how often, and against whom. */
export interface BenchGenerateOptions {
  readonly shape: ShapeName;
  /** Prompts side by side; each number is a contest of its own. */
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
  readonly contests: Readonly<Record<string, Contest>>;
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
  const peers = new Map<number, Awaited<ReturnType<typeof startTorchPeer>>>();
  try {
    const contestants: Record<string, Implementation> = {};
    for (const batch of batches) {
      const prompts = Array.from({ length: batch }, promptOf);
      contestants[`ours ${batch}`] = timed(async () => {
        const given = { maxNewTokens: newTokens, batchSize: batch, compile: compiled };
        const generations = await generate(model, prompts, given);
        return generations.reduce((sum, { ids }) => sum + ids.length, 0);
      });
      if (!python) continue;
      const peer = await startTorchPeer(python, { ...setup, batch });
      peers.set(batch, peer);
      contestants[`transformers ${batch}`] = () => peer.run("eager");
    }
    const contests = await runInterleaved(contestants, { rounds, warmUp: 1, ...(onRound && { onRound }) });
    const median = (name: string): number => contests[name]!.timing.median;
    const each = (of: (batch: number) => number): Record<string, number> =>
      Object.fromEntries(batches.map((batch) => [`batch ${batch}`, of(batch)]));
    const torch = peers.values().next().value?.torch;
    return {
      shape,
      promptTokens,
      newTokens,
      threads,
      processor: cpus()[0]!.model,
      ...(torch !== undefined && { torch }),
      contests,
      tokensPerSecond: each((batch) => (batch * newTokens) / median(`ours ${batch}`)),
      ratios: python ? each((batch) => median(`transformers ${batch}`) / median(`ours ${batch}`)) : {},
    };
  } finally {
    for (const peer of peers.values()) peer.close();
    tf.dispose(model.params);
  }
}
