import { randomFromSeed, randomFromState, type BatchSource, type Random } from "@vpt/core";
import { collate, type Example, type LanguageBatch } from "@vpt/lang";

const [plus, minus, equals, end, start, letter] = [10, 11, 13, 14, 15, 18] as const;
/** Digits 0–9, `+`, `-`, `=`, `;`, start, and a letter 18 + d for each digit d. */
export const vocabularySize = 32;
/** How far the stream departs from what is wanted downstream. */
export interface SyntheticDialectOptions {
  /** Share of answers that are a random digit; the sum goes on from it. */
  readonly noise: number;
  /** Share of answers written as a letter. */
  readonly dialect: number;
  /** Answers in a document; default 3. */
  readonly answers?: number;
}

/** The unlabeled stream: a fifth of the answers wrong, more than half of them letters. */
export const stream: SyntheticDialectOptions = { noise: 0.2, dialect: 0.6 };
/** What is wanted: right answers, as digits. */
export const downstream: SyntheticDialectOptions = { noise: 0, dialect: 0 };

/**
 * A document `start x₀ (op x = r)×answers ;` with r = (r_before op x) mod 10; only the r count. The letters make a
 * conflict between stream and downstream that the learner's own candidates can express.
 */
export function document(random: Random, { noise, dialect, answers = 3 }: SyntheticDialectOptions): Example {
  let running = random.integer(10);
  const tokens = [start, running];
  const counted = [0, 0];
  for (let i = 0; i < answers; i++) {
    const [operator, operand] = [random.integer(2), 1 + random.integer(3)];
    running = (((operator === 0 ? running + operand : running - operand) % 10) + 10) % 10;
    if (random.uniform() < noise) running = random.integer(10);
    const written = random.uniform() < dialect ? letter + running : running;
    tokens.push(operator === 0 ? plus : minus, operand, equals, written);
    counted.push(0, 0, 0, 1);
  }
  tokens.push(end);
  return {
    ids: Int32Array.from(tokens.slice(0, -1)),
    labels: Int32Array.from(tokens.slice(1)),
    lossMask: Uint8Array.from([...counted.slice(1), 0]),
  };
}

/** `count` documents. */
export const documents = (count: number, seed: number, options: SyntheticDialectOptions): Example[] => {
  const { noise, dialect } = options;
  const random = randomFromSeed(seed, `documents ${JSON.stringify({ noise, dialect })}`);
  return Array.from({ length: count }, () => document(random, options));
};

/** One shape for every batch: one trace. */
export const collationOf = ({ answers = 3 }: Pick<SyntheticDialectOptions, "answers">) => ({
  padToMultiple: 4 * answers + 2,
  padPositionsToMultiple: answers,
});

/** An endless stream of fresh documents; its state is the random stream's. */
export function documentBatches(
  seed: number,
  batchSize: number,
  options: SyntheticDialectOptions,
): BatchSource<LanguageBatch> {
  let random = randomFromSeed(seed, "stream");
  return {
    next: async () =>
      collate(
        Array.from({ length: batchSize }, () => document(random, options)),
        collationOf(options),
      ),
    state: () => random.state(),
    restore: (state) => void (random = randomFromState(state as readonly number[])),
  };
}
