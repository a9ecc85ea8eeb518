import { checkInteger, checkLength, EvalInputError } from "../internal/errors.js";
import { bandKeys, createSigner, hashText, integrate } from "./minhash.js";
import { words } from "../language/answers/python-text.js";
import { sampleIndices } from "../internal/random.js";

/**
 * Word n-grams of a text: lower case, split at blanks, joined by one blank, as a set. Fewer than n words: the empty set.
 * @throws {EvalInputError} When n is not a positive integer.
 * @example `shingles("The cat sat", 2) // Set { "the cat", "cat sat" }`
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
 * Jaccard similarity of the two texts' word n-grams, |A∩B| / |A∪B|; null when neither text has an n-gram, which is never a duplicate.
 * @example `ngramJaccard("a b c d", "a b c e", 2) // 0.5`
 * @category similarity
 */
export function ngramJaccard(a: string, b: string, n: number): number | null {
  return jaccard(shingles(a, n), shingles(b, n));
}

function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number | null {
  const [small, large] = a.size < b.size ? [a, b] : [b, a];
  let shared = 0;
  for (const gram of small) if (large.has(gram)) shared++;
  const union = a.size + b.size - shared;
  return union === 0 ? null : shared / union;
}

/**
 * A text without what template clones change: `$` and punctuation go, every number becomes 0. Off by default, since it also finds
 * template siblings; report it as a pass of its own.
 * @example `maskNumbers("Tom pays $1,250.50!") // "Tom pays 0"`
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
 * The bands and rows that minimise `wFP·∫₀ᵗ P(s) ds + wFN·∫ₜ¹ (1 - P(s)) ds` with `P(s) = 1 - (1 - sʳ)ᵇ` and b·r ≤ permutations; the
 * first optimum in order of b, then r, as datasketch chooses.
 * @param threshold Jaccard similarity t, inside (0, 1).
 * @param permutations Length m of the signatures, from 1 to 1,024.
 * @param weights 0.5 each by default, as in datasketch; {@link createDuplicateIndex} uses 0.1 and 0.9.
 * @example `lshParameters(0.5, 128) // { bands: 25, rows: 5 }`
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
 * @example `candidateProbability(0.6, { bands: 32, rows: 4 }) // 0.9879, rounded`
 * @category index
 */
export const candidateProbability = (s: number, { bands, rows }: LshParameters): number => 1 - (1 - s ** rows) ** bands;

/**
 * MinHash signature: the minimum of each of `permutations` hash functions over a text's n-grams; 2³²-1 throughout for the empty set.
 * The functions are 32-bit bijections (multiply, add, Murmur3 finaliser), not datasketch's, so signatures differ from its.
 * @example `minHash(shingles("a b c", 2), { permutations: 4 }).length // 4`
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
 * @example `estimateJaccard(Uint32Array.of(1, 2), Uint32Array.of(1, 3)) // 0.5`
 * @category index
 */
export function estimateJaccard(a: Uint32Array, b: Uint32Array): number {
  checkLength("estimateJaccard: signature", b.length, a.length);
  return a.filter((value, i) => value === b[i]).length / a.length;
}

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
  /** Applied to every text first, such as {@link maskNumbers}. */
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
  /** The most similar duplicate, by exact Jaccard, else a text that shares a long n-gram; undefined when there is neither. */
  find(text: string): DuplicateMatch | undefined;
  /** Positions that share a band with the text, before any exact check. */
  candidates(text: string): number[];
}

/**
 * MinHash LSH over the small side (benchmark problems); stream the large side through `find`. Candidates are decided by their exact
 * Jaccard similarity. False candidates cost one exact check while misses are silent, so bands are chosen with weights 0.1 and 0.9.
 * @example
 * const index = createDuplicateIndex({ n: 2, threshold: 0.5 });
 * index.add("Tom has three red apples");
 * index.find("tom has three red pears")?.jaccard; // 0.6
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

/** One training text. */
export interface TrainDocument {
  readonly text: string;
  /** As NuminaMath-CoT names it, such as `gsm8k`. */
  readonly source?: string;
}

/** One removed document and what it duplicates. */
export interface RemovedDocument extends DuplicateMatch {
  /** Position among the documents. */
  readonly document: number;
  readonly testSet: string;
  readonly text: string;
  readonly against: string;
}

/** What {@link decontaminate} did. */
export interface DecontaminationReport {
  /** Positions of the documents that stay. */
  readonly kept: readonly number[];
  readonly removed: readonly RemovedDocument[];
  readonly droppedBySource: number;
  /** Removed documents by test set and rule; a document counts once, for the first test set that has it. */
  readonly counts: Readonly<Record<string, { readonly jaccard: number; readonly overlap: number }>>;
  /** Documents by source, before and after; unnamed sources are "". */
  readonly sources: Readonly<Record<string, { readonly before: number; readonly after: number }>>;
  /** Removed documents drawn with the seed, to read. */
  readonly examples: readonly RemovedDocument[];
  readonly parameters: LshParameters;
}

/** Options of {@link createDecontaminator} and {@link decontaminate}. */
export interface DecontaminateOptions extends DuplicateOptions {
  /** Documents of these sources are removed unseen. */
  readonly dropSources?: readonly string[];
  /** How many removed pairs the report shows; 20 by default. */
  readonly examples?: number;
}

/** Looks at training documents one by one, so that they need not be in memory together. */
export interface Decontaminator {
  /** Whether the document stays. Counts it either way. */
  keep(document: TrainDocument): boolean;
  /** Of the documents so far. */
  report(): DecontaminationReport;
}

/**
 * Indexes the test problems and then looks at one training document after another; see {@link decontaminate}.
 * @example
 * const decontaminator = createDecontaminator({ test: ["A b c d e f"] });
 * decontaminator.keep({ text: "a b c d e f" }); // false
 * @category report
 */
export function createDecontaminator(
  testSets: Readonly<Record<string, readonly string[]>>,
  options: DecontaminateOptions = {},
): Decontaminator {
  const { dropSources = [], examples = 20, seed = 0, ...rest } = options;
  const indexes = Object.entries(testSets).map(([name, texts]) => {
    const index = createDuplicateIndex({ ...rest, seed });
    for (const text of texts) index.add(text);
    return { name, texts, index };
  });
  const counts = Object.fromEntries(indexes.map(({ name }) => [name, { jaccard: 0, overlap: 0 }]));
  const sources: Record<string, { before: number; after: number }> = Object.create(null);
  const kept: number[] = [];
  const removed: RemovedDocument[] = [];
  let position = -1;
  let droppedBySource = 0;
  return {
    keep({ text, source = "" }) {
      position++;
      const ofSource = (sources[source] ??= { before: 0, after: 0 });
      ofSource.before++;
      if (dropSources.includes(source)) {
        droppedBySource++;
        return false;
      }
      const hit = firstMatch(indexes, text);
      if (hit) {
        removed.push({ document: position, text, ...hit });
        counts[hit.testSet]![hit.rule]++;
        return false;
      }
      kept.push(position);
      ofSource.after++;
      return true;
    },
    report: () => ({
      kept,
      removed,
      droppedBySource,
      counts,
      sources: { ...sources },
      examples: sampleIndices(removed.length, Math.min(examples, removed.length), seed).map((i) => removed[i]!),
      parameters: indexes[0]?.index.parameters ?? lshParameters(rest.threshold ?? 0.5, rest.permutations ?? 128),
    }),
  };
}

/**
 * Drops training documents that nearly duplicate a test problem: Jaccard of 5-grams at least 0.5, or any 13-gram in common.
 * @param testSets Problems by name, such as `{ "gsm8k/test": […] }`.
 * @example `decontaminate([{ text: "a b c d e f" }], { test: ["A b c d e f"] }).removed.length // 1`
 * @category report
 */
export function decontaminate(
  documents: Iterable<TrainDocument>,
  testSets: Readonly<Record<string, readonly string[]>>,
  options: DecontaminateOptions = {},
): DecontaminationReport {
  const decontaminator = createDecontaminator(testSets, options);
  for (const document of documents) decontaminator.keep(document);
  return decontaminator.report();
}

type NamedIndex = { readonly name: string; readonly texts: readonly string[]; readonly index: DuplicateIndex };

function firstMatch(indexes: readonly NamedIndex[], text: string) {
  for (const { name, texts, index } of indexes) {
    const match = index.find(text);
    if (match) return { testSet: name, against: texts[match.index]!, ...match };
  }
  return undefined;
}

/** How many of the truly similar pairs the bands found. */
export interface LshRecall {
  /** Pairs with Jaccard at least the threshold, and the share of them that became candidates; NaN without pairs. */
  readonly pairs: number;
  readonly recall: number;
  /** Mean of `candidateProbability` over the same pairs: what the S-curve promises. */
  readonly expected: number;
  /** The same share over pairs at least 0.1 above the threshold; should be 0.95 or more. */
  readonly pairsWellAbove: number;
  readonly recallWellAbove: number;
}

/**
 * Recall of the LSH candidates against all pairs, counted exactly through an inverted index of n-grams. Use a sample of documents.
 * @example `lshRecall(sample, problems, { n: 5, threshold: 0.5 }).recallWellAbove`
 * @category report
 */
export function lshRecall(
  documents: readonly string[],
  references: readonly string[],
  options: DuplicateOptions = {},
): LshRecall {
  const { n = 5, threshold = 0.5, normalize = (text: string) => text } = options;
  const index = createDuplicateIndex({ ...options, overlapWords: 0 });
  const holders = new Map<string, number[]>();
  const sizes = references.map((text, position) => {
    index.add(text);
    const grams = shingles(normalize(text), n);
    for (const gram of grams) holders.set(gram, [...(holders.get(gram) ?? []), position]);
    return grams.size;
  });
  const all = { pairs: 0, found: 0, expected: 0 };
  const above = { pairs: 0, found: 0 };
  for (const text of documents) {
    const grams = shingles(normalize(text), n);
    const shared = new Map<number, number>();
    for (const gram of grams)
      for (const position of holders.get(gram) ?? []) shared.set(position, (shared.get(position) ?? 0) + 1);
    const candidates = new Set(index.candidates(text));
    for (const [position, count] of shared) {
      const similarity = count / (grams.size + sizes[position]! - count);
      if (similarity < threshold) continue;
      const found = candidates.has(position) ? 1 : 0;
      all.pairs++;
      all.found += found;
      all.expected += candidateProbability(similarity, index.parameters);
      if (similarity < threshold + 0.1) continue;
      above.pairs++;
      above.found += found;
    }
  }
  const { pairs } = all;
  const [recall, expected] = [all.found / pairs, all.expected / pairs];
  return { pairs, recall, expected, pairsWellAbove: above.pairs, recallWellAbove: above.found / above.pairs };
}
