import { checkInteger, checkLength, EvalInputError } from "../errors.js";
import { words } from "../language/answers/python-text.js";
import { createSigner, hashText, integrate } from "./minhash.js";

/**
 * Word n-grams of a text: lower case, split at blanks, joined by one blank, as a set. Fewer than n words: the empty
 * set.
 * @throws {EvalInputError} When n is not a positive integer.
 * @example
 * ```ts
 * import { shingles } from "@vpt/eval/decontaminate";
 *
 * shingles("The cat sat", 2) // Set { "the cat", "cat sat" }
 * ```
 * @category similarity
 */
export function shingles(text: string, n: number): Set<string> {
  checkInteger("shingles: n", n, 1);
  const tokens = words(text.toLowerCase());
  const found = new Set<string>();
  for (let i = 0; i + n <= tokens.length; i++) found.add(tokens.slice(i, i + n).join(" "));
  return found;
}

/**
 * Jaccard similarity of the two texts' word n-grams, |A∩B| / |A∪B|; null when neither text has an n-gram, which is
 * never a duplicate.
 * @example
 * ```ts
 * import { ngramJaccard } from "@vpt/eval/decontaminate";
 *
 * ngramJaccard("a b c d", "a b c e", 2) // 0.5
 * ```
 * @category similarity
 */
export function ngramJaccard(a: string, b: string, n: number): number | null {
  return jaccard(shingles(a, n), shingles(b, n));
}

/** Jaccard similarity of two sets of n-grams. */
export function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number | null {
  const [small, large] = a.size < b.size ? [a, b] : [b, a];
  let shared = 0;
  for (const gram of small) if (large.has(gram)) shared++;
  const union = a.size + b.size - shared;
  return union === 0 ? null : shared / union;
}

/**
 * A text without what template clones change: `$` and punctuation go, every number becomes 0. Off by default, since it
 * also finds template siblings; report it as a pass of its own.
 * @example
 * ```ts
 * import { maskNumbers } from "@vpt/eval/decontaminate";
 *
 * maskNumbers("Tom pays $1,250.50!") // "Tom pays 0"
 * ```
 * @category similarity
 */
export const maskNumbers = (text: string): string =>
  text.replace(/[0-9]+(?:[.,][0-9]+)*/g, "0").replace(/[\p{P}$]/gu, "");

/** Signatures are cut into bands of rows; texts that agree on one whole band are candidates. */
export interface LshParameters {
  readonly bands: number;
  readonly rows: number;
}

/** What the choice of bands costs: found although below the threshold, and missed although above. */
export interface LshWeights {
  readonly falsePositiveWeight?: number;
  readonly falseNegativeWeight?: number;
}

/**
 * The bands and rows that minimise `wFP·∫₀ᵗ P(s) ds + wFN·∫ₜ¹ (1 - P(s)) ds` with `P(s) = 1 - (1 - sʳ)ᵇ` and b·r ≤
 * permutations; the first optimum in order of b, then r, as datasketch chooses.
 * @param threshold Jaccard similarity t, inside (0, 1).
 * @param permutations Length m of the signatures, from 1 to 1,024.
 * @param weights 0.5 each by default, as in datasketch; {@link createDuplicateIndex} uses 0.1 and 0.9.
 * @example
 * ```ts
 * import { lshParameters } from "@vpt/eval/decontaminate";
 *
 * lshParameters(0.5, 128) // { bands: 25, rows: 5 }
 * ```
 * @see ekzhu/datasketch, lsh.py, _optimal_param
 * @category index
 */
export function lshParameters(threshold: number, permutations: number, weights: LshWeights = {}): LshParameters {
  const { falsePositiveWeight = 0.5, falseNegativeWeight = 0.5 } = weights;
  checkInteger("lshParameters: permutations", permutations, 1, 1024);
  if (!(threshold > 0 && threshold < 1)) {
    const received = String(threshold);
    throw new EvalInputError({ where: "lshParameters: threshold", expected: "a number inside (0, 1)", received });
  }
  let best = { bands: 1, rows: 1 };
  let least = Infinity;
  for (let bands = 1; bands <= permutations; bands++) {
    for (let rows = 1; rows * bands <= permutations; rows++) {
      const found = (s: number) => candidateProbability(s, { bands, rows });
      const cost =
        falsePositiveWeight * integrate(found, 0, threshold) +
        falseNegativeWeight * integrate((s) => 1 - found(s), threshold, 1);
      if (cost < least) [least, best] = [cost, { bands, rows }];
    }
  }
  return best;
}

/**
 * Chance that two texts of Jaccard similarity s become candidates: `1 - (1 - sʳ)ᵇ`.
 * @example
 * ```ts
 * import { candidateProbability } from "@vpt/eval/decontaminate";
 *
 * candidateProbability(0.6, { bands: 32, rows: 4 }) // 0.9879, rounded
 * ```
 * @category index
 */
export const candidateProbability = (s: number, { bands, rows }: LshParameters): number => 1 - (1 - s ** rows) ** bands;

/**
 * MinHash signature: the minimum of each of `permutations` hash functions over a text's n-grams; 2³²-1 throughout for
 * the empty set. The functions are 32-bit bijections (multiply, add, Murmur3 finaliser), not datasketch's, so
 * signatures differ from its.
 * @example
 * ```ts
 * import { minHash, shingles } from "@vpt/eval/decontaminate";
 *
 * minHash(shingles("a b c", 2), { permutations: 4 }).length // 4
 * ```
 * @category index
 */
export function minHash(
  grams: Iterable<string>,
  options: { readonly permutations?: number; readonly seed?: number } = {},
): Uint32Array {
  const { permutations = 128, seed = 0 } = options;
  checkInteger("minHash: permutations", permutations, 1);
  return createSigner(permutations, seed)(Array.from(grams, hashText));
}

/**
 * Estimate of the Jaccard similarity: share of equal positions, with standard error √(J(1-J)/m).
 * @example
 * ```ts
 * import { estimateJaccard } from "@vpt/eval/decontaminate";
 *
 * estimateJaccard(Uint32Array.of(1, 2), Uint32Array.of(1, 3)) // 0.5
 * ```
 * @category index
 */
export function estimateJaccard(a: Uint32Array, b: Uint32Array): number {
  checkLength("estimateJaccard: signature", b.length, a.length);
  return a.filter((value, i) => value === b[i]).length / a.length;
}
