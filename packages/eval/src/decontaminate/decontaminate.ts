import { createRandom, sampleIndices } from "../internal/random.js";
import {
  createDuplicateIndex,
  type DuplicateIndex,
  type DuplicateMatch,
  type DuplicateOptions,
} from "./duplicate-index.js";
import { lshRecall, type LshRecall } from "./lsh-recall.js";
import { lshParameters, type LshParameters } from "./similarity.js";

export { createDuplicateIndex } from "./duplicate-index.js";
export type { DuplicateIndex, DuplicateMatch, DuplicateOptions } from "./duplicate-index.js";
export { describeDecontamination } from "./describe-decontamination.js";
export { lshRecall } from "./lsh-recall.js";
export type { LshRecall } from "./lsh-recall.js";
export {
  candidateProbability,
  estimateJaccard,
  lshParameters,
  maskNumbers,
  minHash,
  ngramJaccard,
  shingles,
} from "./similarity.js";
export type { LshParameters, LshWeights } from "./similarity.js";

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
 * ```ts
 * import { createDecontaminator } from "@vpt/eval/decontaminate";
 *
 * const decontaminator = createDecontaminator({ test: ["A b c d e f"] });
 * decontaminator.keep({ text: "a b c d e f" }); // false
 * ```
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
 * Drops training documents that nearly duplicate a test problem: Jaccard of 5-grams at least 0.5, or any 13-gram in
 * common.
 * @param testSets Problems by name, such as `{ "gsm8k/test": […] }`.
 * @example
 * ```ts
 * import { decontaminate } from "@vpt/eval/decontaminate";
 *
 * decontaminate([{ text: "a b c d e f" }], { test: ["A b c d e f"] }).removed.length // 1
 * ```
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

/** Options of {@link decontaminateStream}. */
export interface DecontaminateStreamOptions extends DecontaminateOptions {
  /** Documents, drawn with the seed, on which the search is compared with brute force; 0 (the default) for none. */
  readonly recallSample?: number;
  /** Called after each document. */
  readonly onProgress?: (documents: number) => void;
}

/** What {@link decontaminateStream} did. */
export interface StreamDecontamination {
  readonly report: DecontaminationReport;
  /** Documents read. */
  readonly documents: number;
  readonly recall?: LshRecall;
}

/**
 * Drops training documents that nearly duplicate a test problem, reading them one by one; see {@link decontaminate}.
 *
 * @example
 * ```ts
 * import { readJsonl } from "@vpt/data";
 * import { decontaminateStream, type TrainDocument } from "@vpt/eval/decontaminate";
 *
 * const documents = readJsonl<TrainDocument>("train.jsonl");
 * const testSets = { gsm8k: problems.map(({ question }) => question) };
 * const { report } = await decontaminateStream(documents, testSets, { recallSample: 2000 });
 * report.kept; // positions of the documents that stay
 * ```
 * @category report
 */
export async function decontaminateStream(
  documents: AsyncIterable<TrainDocument>,
  testSets: Readonly<Record<string, readonly string[]>>,
  { recallSample = 0, onProgress, ...options }: DecontaminateStreamOptions = {},
): Promise<StreamDecontamination> {
  const decontaminator = createDecontaminator(testSets, options);
  const sample = reservoir<string>(recallSample, options.seed ?? 0);
  let count = 0;
  for await (const document of documents) {
    decontaminator.keep(document);
    sample.add(document.text);
    onProgress?.(++count);
  }
  const recall = recallSample > 0 && { recall: lshRecall(sample.items, Object.values(testSets).flat(), options) };
  return { report: decontaminator.report(), documents: count, ...recall };
}

/** A uniform sample of what is added, in one pass (algorithm R). */
function reservoir<Item>(size: number, seed: number): { readonly items: readonly Item[]; add(item: Item): void } {
  const items: Item[] = [];
  const random = createRandom(seed);
  let seen = 0;
  return {
    items,
    add(item) {
      const place = seen < size ? seen : Math.floor(random() * (seen + 1));
      seen++;
      if (place < size) items[place] = item;
    },
  };
}
