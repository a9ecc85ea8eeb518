import { cpus } from "node:os";
import * as tf from "@tensorflow/tfjs";
import { streamBatches, type ExampleStream } from "@vpt/lang";
import type { BenchOptions } from "./bench-options.js";
import { languageStep } from "./language-step.js";
import { runInterleaved, timed, type Comparison } from "./run-interleaved.js";
import { shapes, type ShapeName } from "./shapes.js";

/** Which stream feeds which learner. */
export interface BenchDataOptions extends Omit<BenchOptions, "reference"> {
  /** Opens the stream of packed rows of `tokens` tokens at its start. */
  readonly open: () => ExampleStream;
  readonly shape: ShapeName;
  readonly batch: number;
  readonly tokens: number;
  /** Batches that a round draws, 16 by default; the first ones fill the shuffle buffer and do not count. */
  readonly batches?: number;
}

/** How fast batches are made, beside how fast a learner uses them. */
export interface BenchData {
  readonly shape: ShapeName;
  readonly batch: number;
  readonly tokens: number;
  readonly processor: string;
  /** Tokens a second. */
  readonly tokensPerSecond: Readonly<Record<"data" | "learner", number>>;
  readonly comparison: Comparison<"data" | "learner">;
  /** Tokens that the stream gives ÷ tokens that the learner uses, in the same time. */
  readonly ratio: number;
}

/**
 * Measures how many times faster a stream is (read, shuffled, tokenised, packed, made tensors) than the learner steps
 * it feeds (all parameters trained, compiled), in turn in one process.
 *
 * @example
 * ```ts
 * import { benchData, openBenchStream } from "@vpt/bench";
 *
 * const open = await openBenchStream({ data: "train.jsonl", model: "smollm2", tokens: 256, log: console.error });
 * const { ratio } = await benchData({ open, shape: "smollm2-135m", batch: 4, tokens: 256, rounds: 3 });
 * ```
 */
export async function benchData(options: BenchDataOptions): Promise<BenchData> {
  const { open, shape, batch, tokens, batches = 16, now } = options;
  const source = streamBatches(open(), { batchSize: batch, padToMultiple: tokens });
  const learner = languageStep({ config: shapes[shape], batch, tokens });
  const draw = async (): Promise<number> => {
    for (let i = 0; i < batches; i++) tf.dispose((await source.next()) as tf.TensorContainer);
    return batches;
  };
  try {
    const implementations = { data: timed(draw, now), learner: timed(learner.step, now) };
    const comparison = await runInterleaved(implementations, { ...options, warmUp: 2 });
    const tokensPerSecond = {
      data: (batches * batch * tokens) / comparison.data.timing.median,
      learner: (batch * tokens) / comparison.learner.timing.median,
    };
    const ratio = tokensPerSecond.data / tokensPerSecond.learner;
    return { shape, batch, tokens, processor: cpus()[0]!.model, tokensPerSecond, comparison, ratio };
  } finally {
    learner.dispose();
  }
}
