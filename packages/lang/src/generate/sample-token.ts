import { VptError, type Random } from "@vpt/core";

/** How to choose the next token. */
export interface Sampling {
  /** 0 takes the likeliest; else logits are divided by it. */
  readonly temperature: number;
  /** Smallest set of likeliest tokens that holds this probability; 1 keeps all. */
  readonly topP: number;
  /** Needed unless `temperature` is 0. */
  readonly random?: Random | undefined;
}

const likeliest = (logits: Float32Array): number => {
  let best = 0;
  for (let id = 1; id < logits.length; id++) if (logits[id]! > logits[best]!) best = id;
  return best;
};

/** The first id at which the running sum passes `mark`. */
const pick = (ids: ArrayLike<number>, weights: Float64Array, mark: number): number => {
  let sum = 0;
  for (let i = 0; i < ids.length; i++) {
    sum += weights[ids[i]!]!;
    if (sum > mark) return ids[i]!;
  }
  return ids[ids.length - 1]!; // rounding left the mark a hair above the sum
};

/**
 * One token id from logits: the likeliest, or a draw from `softmax(logits / temperature)` cut to its nucleus.
 *
 * @param logits One row over the ids that exist; leave padding rows of the vocabulary out.
 * @throws {VptError} A logit is NaN, or there is no `random` to draw from.
 * @example
 * ```ts
 * sampleToken(Float32Array.of(0, 2, 1), { temperature: 0, topP: 1 }); // 1
 * ```
 * @see Nucleus sampling: arXiv 1904.09751, section 3.1; Hugging Face `TopPLogitsWarper`.
 * @category generation
 */
export const sampleToken = (logits: Float32Array, { temperature, topP, random }: Sampling): number => {
  const best = likeliest(logits);
  if (!Number.isFinite(logits[best]!)) {
    throw new VptError(`The model's best logit is ${logits[best]}; its parameters have overflowed or were not loaded.`);
  }
  if (temperature === 0) return best;
  if (random === undefined)
    throw new VptError("Sampling with a temperature needs `random`, such as randomFromSeed(0).");
  const weights = Float64Array.from(logits, (logit) => Math.exp((logit - logits[best]!) / temperature));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (topP >= 1)
    return pick(
      logits.map((_, id) => id),
      weights,
      random.uniform() * total,
    );
  // All ids at or below this weight together hold at most 1 − topP: the nucleus is among the others, so only those are
  // sorted.
  const floor = ((1 - topP) * total) / logits.length;
  const ids: number[] = [];
  weights.forEach((weight, id) => weight > floor && ids.push(id));
  ids.sort((a, b) => weights[b]! - weights[a]! || a - b);
  let mass = 0;
  const size = ids.findIndex((id) => (mass += weights[id]!) >= topP * total) + 1;
  const nucleus = size === 0 ? ids : ids.slice(0, size);
  return pick(nucleus, weights, random.uniform() * mass);
};
