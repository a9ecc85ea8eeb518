import { cpus } from "node:os";
import * as tf from "@tensorflow/tfjs";
import { streamBatches, type ExampleStream } from "@vpt/lang";
import { languageStep } from "./language-step.js";
import { shapes, type ShapeName } from "./shapes.js";
import { runInterleaved, timed, type Measurement } from "./timing.js";

/** Which stream feeds which learner. */
export interface BenchDataOptions {
  /** Opens the stream of packed rows of `tokens` tokens at its start. */
  readonly open: () => ExampleStream;
  readonly shape: ShapeName;
  readonly batch: number;
  readonly tokens: number;
  readonly rounds: number;
  /** Batches that are drawn in a round; the first ones fill the shuffle buffer and do not count. */
  readonly batches?: number;
  readonly onRound?: (line: string) => void;
}

/** How fast batches are made, beside how fast they are eaten. */
export interface BenchData {
  readonly shape: ShapeName;
  readonly batch: number;
  readonly tokens: number;
  readonly processor: string;
  /** Tokens a second. */
  readonly tokensPerSecond: Readonly<Record<"data" | "learner", number>>;
  readonly comparison: Readonly<Record<"data" | "learner", Measurement>>;
  /** Tokens that the stream gives ÷ tokens that the learner eats, in the same time. */
  readonly ratio: number;
}

/**
 * Batches of a stream (read, shuffled, tokenised, packed, made tensors) and learner steps (all parameters trained, compiled) of one size,
 * in turn in one process: how many times faster the stream is than its learner.
 *
 * @example
 * ```ts
 * const { ratio } = await benchData({ open, shape: "smollm2-135m", batch: 4, tokens: 256, rounds: 3 });
 * ```
 */
export async function benchData(options: BenchDataOptions): Promise<BenchData> {
  const { open, shape, batch, tokens, rounds, batches = 16, onRound } = options;
  const source = streamBatches(open(), { batchSize: batch, multiple: tokens });
  const learner = languageStep({ config: shapes[shape], batch, tokens });
  const draw = timed(async () => {
    for (let i = 0; i < batches; i++) tf.dispose((await source.next()) as tf.TensorContainer);
    return batches;
  });
  try {
    const comparison = await runInterleaved(
      { data: draw, learner: learner.step },
      { rounds, warmUp: 2, ...(onRound && { onRound }) },
    );
    const each = batch * tokens;
    const tokensPerSecond = {
      data: (batches * each) / comparison.data.timing.median,
      learner: each / comparison.learner.timing.median,
    };
    const ratio = tokensPerSecond.data / tokensPerSecond.learner;
    return { shape, batch, tokens, processor: cpus()[0]!.model, tokensPerSecond, comparison, ratio };
  } finally {
    learner.dispose();
  }
}
