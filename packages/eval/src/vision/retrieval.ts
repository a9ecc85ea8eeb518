import {
  evaluateLoaded,
  type LoadedEvaluationRecord,
  type LoadedItem,
  type LoadedRunOptions,
} from "./evaluate-loaded.js";
import type { FeatureSet } from "./feature-set.js";
import type { FeatureExtractor } from "../runner/runners.js";
import { checkInteger, checkLength, checkOption, EvalInputError } from "../errors.js";
import { readPickle } from "./internal/pickle.js";

export { extractFeatures } from "./feature-set.js";
export type { ExtractOptions, FeatureMatrix, FeatureSet } from "./feature-set.js";
export type { FailedItem, LoadedEvaluationRecord, LoadedItem, LoadedRunOptions } from "./evaluate-loaded.js";

/** Database ids that answer one query: 0-based indices into `imlist`. */
export interface RevisitedQuery {
  readonly easy: readonly number[];
  readonly hard: readonly number[];
  readonly junk: readonly number[];
}

/** Easy asks for the easy images, Hard for the hard ones, Medium for both; what is not asked for is ignored as junk. */
export type RevisitedProtocol = "easy" | "medium" | "hard";

/** Scores of one protocol; shares from 0 to 1. */
export interface RevisitedScores {
  /** Mean over the queries that have positives; NaN when none has. */
  readonly mAP: number;
  /** One a query; NaN where it has no positives. */
  readonly apPerQuery: readonly number[];
  /** One for each of `ks`, in their order; mean over the same queries. */
  readonly mPrecisionAtK: readonly number[];
}

/**
 * mAP and mP@k of the revisited Oxford and Paris protocols. Junk images are taken out of the ranking; with N positives
 * in the ground truth and the j-th of them (from 0) at rank r: `AP = Σ_j (j/r + (j+1)/(r+1))/2 / N`, where j/r is 1 at
 * r = 0 (trapezoids under precision and recall). `P@k = #{ranks ≤ k'}/k'` with `k' = min(k, rank of the last
 * positive)`, ranks from 1. Positives that a truncated ranking does not hold contribute nothing (no positive at all: AP
 * and P@k are 0).
 *
 * @param ranks For each query the database ids, best first.
 * @throws {EvalInputError} When queries and rankings differ in number, a ranking names an id twice, or an option is
 *   unknown.
 * @example
 * ```ts
 * import { revisitedScores } from "@vpt/eval/retrieval";
 *
 * revisitedScores([[2, 0, 1]], [{ easy: [2], hard: [1], junk: [0] }], { protocol: "medium", ks: [1] }).mAP // 1
 * ```
 * @see Radenović et al., CVPR 2018; filipradenovic/revisitop, python/evaluate.py
 * @category metric
 */
export function revisitedScores(
  ranks: readonly ArrayLike<number>[],
  groundTruth: readonly RevisitedQuery[],
  options: { readonly protocol: RevisitedProtocol; readonly ks?: readonly number[] },
): RevisitedScores {
  const { protocol, ks = [1, 5, 10] } = options;
  checkOption("revisitedScores: protocol", protocol, ["easy", "medium", "hard"]);
  checkLength("revisitedScores: ranks", ranks.length, groundTruth.length, "rankings, one a query");
  for (const k of ks) checkInteger("revisitedScores: k", k, 1);
  const queries = groundTruth.map((query, i) => {
    const { positives, junk } = split(query, protocol);
    const found = adjustedRanks(ranks[i]!, new Set(positives), new Set(junk), i);
    const N = positives.length;
    return { N, ap: averagePrecision(found, N), precision: ks.map((k) => precisionAt(found, k)) };
  });
  const counted = queries.filter(({ N }) => N > 0);
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  return {
    mAP: mean(counted.map(({ ap }) => ap)),
    apPerQuery: queries.map(({ ap }) => ap),
    mPrecisionAtK: ks.map((_, i) => mean(counted.map(({ precision }) => precision[i]!))),
  };
}

function split({ easy, hard, junk }: RevisitedQuery, protocol: RevisitedProtocol) {
  if (protocol === "easy") return { positives: easy, junk: [...junk, ...hard] };
  if (protocol === "hard") return { positives: hard, junk: [...junk, ...easy] };
  return { positives: [...easy, ...hard], junk };
}

/** 0-based ranks of the positives, less the junk images before each. */
function adjustedRanks(ranking: ArrayLike<number>, positives: Set<number>, junk: Set<number>, query: number): number[] {
  const found: number[] = [];
  const seen = new Set<number>();
  let skipped = 0;
  for (let position = 0; position < ranking.length; position++) {
    const id = ranking[position]!;
    if (seen.has(id)) {
      const where = `revisitedScores: ranks[${query}][${position}]`;
      throw new EvalInputError({ where, expected: "each database id once", received: `${id} a second time` });
    }
    seen.add(id);
    if (positives.has(id)) found.push(position - skipped);
    if (junk.has(id)) skipped++;
  }
  return found;
}

function averagePrecision(found: readonly number[], N: number): number {
  if (N === 0) return NaN;
  return found.reduce((sum, r, j) => sum + ((r === 0 ? 1 : j / r) + (j + 1) / (r + 1)) / 2 / N, 0);
}

function precisionAt(found: readonly number[], k: number): number {
  const last = found.at(-1);
  if (last === undefined) return 0;
  const limit = Math.min(last + 1, k);
  return found.filter((r) => r + 1 <= limit).length / limit;
}

/**
 * Rankings by descending dot product, ties to the lower id. Normalise descriptors first for the cosine.
 * @param queries Descriptors of equal length, one a row.
 * @param database Likewise.
 * @example
 * ```ts
 * import { rankByDotProduct } from "@vpt/eval/retrieval";
 *
 * rankByDotProduct([[1, 0]], [[0, 1], [1, 0]]) // [Uint32Array [1, 0]]
 * ```
 * @category protocol
 */
export function rankByDotProduct(
  queries: readonly ArrayLike<number>[],
  database: readonly ArrayLike<number>[],
): Uint32Array[] {
  return queries.map((query) => {
    const similarity = Float64Array.from(database, (row) => dot(query, row));
    return Uint32Array.from(database.keys()).sort((a, b) => similarity[b]! - similarity[a]! || a - b);
  });
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  checkLength("rankByDotProduct: descriptor", b.length, a.length);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/**
 * Global descriptor: mean of the patch tokens in float64, divided by its length.
 * @param tokens Patch tokens one after the other (no CLS, no registers), each of `width` numbers.
 * @throws {EvalInputError} When there are no tokens or they do not fill rows.
 * @example
 * ```ts
 * import { meanDescriptor } from "@vpt/eval/retrieval";
 *
 * meanDescriptor([3, 0, 0, 4], { width: 2 }) // Float64Array [0.6, 0.8]
 * ```
 * @category protocol
 */
export function meanDescriptor(tokens: ArrayLike<number>, options: { readonly width: number }): Float64Array {
  const { width } = options;
  checkInteger("meanDescriptor: numbers / width", tokens.length / width, 1);
  const mean = new Float64Array(width);
  for (let i = 0; i < tokens.length; i++) mean[i % width]! += tokens[i]!;
  const length = Math.hypot(...mean);
  return mean.map((value) => value / length);
}

/** A query's ground truth with its box in the query image. */
export interface RevisitedGroundTruth {
  /** Database image names, without extension. */
  readonly imlist: readonly string[];
  readonly qimlist: readonly string[];
  readonly gnd: readonly (RevisitedQuery & { readonly bbx: readonly [number, number, number, number] })[];
}

/**
 * Reads `gnd_roxford5k.pkl` or `gnd_rparis6k.pkl`. Only plain values are read: what would run code is an error. JSON of
 * the same shape is read too. The pickle needs the package `pickleparser`.
 * @throws {EvalInputError} When it is neither, or a field is missing.
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { readGroundTruth } from "@vpt/eval/retrieval";
 *
 * const { gnd } = await readGroundTruth(await readFile("gnd_roxford5k.pkl"));
 * ```
 * @category data
 */
export async function readGroundTruth(file: Uint8Array): Promise<RevisitedGroundTruth> {
  const isJson = file[0] === 0x7b; // a pickle of protocol 2 or later begins with 0x80
  const value = (isJson ? parseJson(file) : await readPickle(file)) as Partial<RevisitedGroundTruth> | null;
  if (!Array.isArray(value?.imlist) || !Array.isArray(value.qimlist) || !Array.isArray(value.gnd)) {
    const received = value && typeof value === "object" ? `keys ${Object.keys(value).join(", ")}` : typeof value;
    throw new EvalInputError({ where: "readGroundTruth", expected: "a dict with imlist, qimlist and gnd", received });
  }
  return value as RevisitedGroundTruth;
}

function parseJson(file: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(file));
  } catch (error) {
    throw new EvalInputError({
      where: "readGroundTruth",
      expected: "a pickle or JSON",
      received: (error as Error).message,
    });
  }
}

/**
 * The query's box in whole pixels, each number rounded half to even as PIL's crop does.
 * @example
 * ```ts
 * import { cropBox } from "@vpt/eval/retrieval";
 *
 * cropBox([0.5, 1.5, 10.2, 20.7]) // [0, 2, 10, 21]
 * ```
 * @category protocol
 */
export function cropBox(bbx: readonly [number, number, number, number]): [number, number, number, number] {
  const rounded = bbx.map((x) => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x)));
  return rounded as [number, number, number, number];
}

/** One query image, read when its turn comes; crop it to its box first ({@link cropBox}). */
export interface RetrievalQuery<Image> extends RevisitedQuery, LoadedItem<Image> {}

/** Options of {@link evaluateRetrieval}. */
export interface RetrievalRunOptions extends LoadedRunOptions {
  readonly ks?: readonly number[];
  readonly name?: string;
  /** Further settings for the record, such as the view. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Shown every answered query with its ranking of database ids; a continued run shows none that the file holds. */
  readonly onRanking?: (shown: { readonly id: string; readonly ranking: readonly number[] }) => void | Promise<void>;
}

/**
 * The three protocols for a frozen encoder: the queries in batches against the database's descriptors, one record line
 * each (the full ranking). Metrics are `medium_mAP` (primary), `easy_mAP`, `hard_mAP` and `<protocol>_mP@k`; a query
 * without positives is left out of a protocol's means. Descriptors are normalised here. A database image that could not
 * be read stands in no ranking: as a positive it counts as not found.
 *
 * @param data.database Features of {@link extractFeatures}, over the images in the order of `imlist`.
 * @example
 * ```ts
 * import { cropImage } from "@vpt/data/images";
 * import { cropBox, evaluateRetrieval, extractFeatures } from "@vpt/eval/retrieval";
 * import { retrievalView, vitExtractor } from "@vpt/vision";
 * import { openRetrieval } from "@vpt/vision/evaluation";
 *
 * const { imlist, qimlist, gnd, open } = await openRetrieval("roxford5k");
 * const extractor = vitExtractor(vit, { feature: "mean", view: (image) => retrievalView(image, { patchSize: 16 }) });
 * const database = await extractFeatures(extractor, imlist.map((id) => ({ id, load: () => open(id) })));
 * const queries = qimlist.map((id, i) => {
 *   const [left, top, right, bottom] = cropBox(gnd[i]!.bbx);
 *   const box = { left, top, width: right - left, height: bottom - top };
 *   return { id, ...gnd[i]!, load: async () => cropImage(await open(id), box) };
 * });
 * const record = await evaluateRetrieval(extractor, { database, queries }, { file: "roxford.jsonl" });
 * ```
 * @category runners
 */
export function evaluateRetrieval<Image>(
  extractor: FeatureExtractor<Image>,
  data: {
    readonly database: Pick<FeatureSet, "values" | "width" | "kept">;
    readonly queries: readonly RetrievalQuery<Image>[];
  },
  options: RetrievalRunOptions = {},
): Promise<LoadedEvaluationRecord> {
  const { ks = [1, 5, 10], name = "revisited-retrieval", settings = {}, onRanking, ...run } = options;
  const { values, width, kept } = data.database;
  const database = kept.map((_, i) => meanDescriptor(values.subarray(i * width, (i + 1) * width), { width }));
  return evaluateLoaded<RetrievalQuery<Image>, Image, { readonly ranking: readonly number[] }>(
    {
      name,
      protocol: "revisitop",
      protocolVersion: 2,
      primaryMetric: "medium_mAP",
      settings: { ks, databaseImages: database.length, ...settings },
      gold: ({ easy, hard }) => JSON.stringify({ easy, hard }),
      score: ({ ranking }, query) => ({ prediction: String(ranking[0]), metrics: queryMetrics(ranking, query, ks) }),
      async answer(batch) {
        const features = await extractor.extract(batch.map(({ loaded }) => loaded));
        const queries = features.map((feature) => meanDescriptor(feature, { width: feature.length }));
        const answers = rankByDotProduct(queries, database).map((ranking) => ({
          ranking: Array.from(ranking, (row) => kept[row]!),
        }));
        for (const [i, { item }] of batch.entries()) await onRanking?.({ id: item.id, ...answers[i]! });
        return answers;
      },
    },
    data.queries,
    run,
  );
}

function queryMetrics(
  ranking: readonly number[],
  query: RevisitedQuery,
  ks: readonly number[],
): Record<string, number> {
  const metrics: Record<string, number> = {};
  for (const protocol of ["easy", "medium", "hard"] as const) {
    const { mAP, mPrecisionAtK } = revisitedScores([ranking], [query], { protocol, ks });
    if (Number.isNaN(mAP)) continue;
    metrics[`${protocol}_mAP`] = mAP;
    for (const [i, k] of ks.entries()) metrics[`${protocol}_mP@${k}`] = mPrecisionAtK[i]!;
  }
  return metrics;
}
