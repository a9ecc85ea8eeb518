import { bandKeys, createSigner, hashText } from "./minhash.js";
import { jaccard, lshParameters, shingles, type LshParameters, type LshWeights } from "./similarity.js";

/** Options of {@link createDuplicateIndex} and {@link decontaminate}. */
export interface DuplicateOptions extends LshWeights {
  /** Words in an n-gram of the similarity test. */
  readonly n?: number;
  /** A text is a near duplicate from this Jaccard similarity on. */
  readonly threshold?: number;
  /** Words in an n-gram of the overlap test: one in common is enough. 0 switches it off. */
  readonly overlapWords?: number;
  readonly permutations?: number;
  readonly seed?: number;
  /** Applied to every text first, such as `maskNumbers`. */
  readonly normalize?: (text: string) => string;
}

/** Why a text counts as a duplicate of an indexed one. */
export interface DuplicateMatch {
  /** Position of the indexed text, in order of `add`. */
  readonly index: number;
  readonly rule: "jaccard" | "overlap";
  /** Exact similarity of the two texts; null when neither has an n-gram. */
  readonly jaccard: number | null;
}

/** Texts to stay away from. */
export interface DuplicateIndex {
  readonly parameters: LshParameters;
  /** Indexes one text and returns its position. */
  add(text: string): number;
  /**
   * The most similar duplicate, by exact Jaccard, else a text that shares a long n-gram; undefined when there is
   * neither.
   */
  find(text: string): DuplicateMatch | undefined;
  /** Positions that share a band with the text, before any exact check. */
  candidates(text: string): number[];
}

/**
 * MinHash LSH over the small side (benchmark problems); stream the large side through `find`. Candidates are decided by
 * their exact Jaccard similarity. False candidates cost one exact check while misses are silent, so bands are chosen
 * with weights 0.1 and 0.9.
 * @example
 * ```ts
 * import { createDuplicateIndex } from "@vpt/eval/decontaminate";
 *
 * const index = createDuplicateIndex({ n: 2, threshold: 0.5 });
 * index.add("Tom has three red apples");
 * index.find("tom has three red pears")?.jaccard; // 0.6
 * ```
 * @see arXiv 2601.22108 names MinHash LSH and n-gram Jaccard, without parameters; these are ours
 * @category index
 */
export function createDuplicateIndex(options: DuplicateOptions = {}): DuplicateIndex {
  const { n = 5, threshold = 0.5, overlapWords = 13, permutations = 128, seed = 0, normalize } = options;
  const { falsePositiveWeight = 0.1, falseNegativeWeight = 0.9 } = options;
  const parameters = lshParameters(threshold, permutations, { falsePositiveWeight, falseNegativeWeight });
  const sign = createSigner(permutations, seed);
  const indexed: ReadonlySet<string>[] = [];
  const buckets = Array.from({ length: parameters.bands }, () => new Map<string, number[]>());
  const longGrams = new Map<string, number>();
  const prepare = (text: string) => (normalize ? normalize(text) : text);
  const keysOf = (grams: ReadonlySet<string>) =>
    grams.size === 0 ? [] : bandKeys(sign(Array.from(grams, hashText)), parameters.bands, parameters.rows);
  const longGramsOf = (text: string) => (overlapWords > 0 ? shingles(text, overlapWords) : []);
  const candidatesOf = (grams: ReadonlySet<string>) => [
    ...new Set(keysOf(grams).flatMap((key, band) => buckets[band]!.get(key) ?? [])),
  ];

  return {
    parameters,
    add(raw) {
      const text = prepare(raw);
      const position = indexed.length;
      const grams = shingles(text, n);
      indexed.push(grams);
      for (const [band, key] of keysOf(grams).entries()) {
        const bucket = buckets[band]!.get(key);
        if (bucket) bucket.push(position);
        else buckets[band]!.set(key, [position]);
      }
      for (const gram of longGramsOf(text)) if (!longGrams.has(gram)) longGrams.set(gram, position);
      return position;
    },
    candidates: (raw) => candidatesOf(shingles(prepare(raw), n)),
    find(raw) {
      const text = prepare(raw);
      const grams = shingles(text, n);
      let best: DuplicateMatch | undefined;
      for (const index of candidatesOf(grams)) {
        const similarity = jaccard(grams, indexed[index]!);
        if (similarity === null || similarity < threshold) continue;
        const better = !best || similarity > best.jaccard! || (similarity === best.jaccard && index < best.index);
        if (better) best = { index, rule: "jaccard", jaccard: similarity };
      }
      if (best) return best;
      for (const gram of longGramsOf(text)) {
        const index = longGrams.get(gram);
        if (index !== undefined) return { index, rule: "overlap", jaccard: jaccard(grams, indexed[index]!) };
      }
      return undefined;
    },
  };
}
