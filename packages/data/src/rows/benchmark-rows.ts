import { statSync } from "node:fs";
import { syntheticGsm8k, syntheticMath, syntheticMmlu, syntheticOmega } from "../templated/benchmark-rows.js";
import { hasSplits } from "./data-files.js";
import { loadItems, type LoadOptions, type ParseRow } from "./load-items.js";

/** A benchmark's rows as `evaluateBenchmark` of `@vpt/eval/benchmarks` reads them. */
export interface BenchmarkRows {
  /** The path or id as the user wrote it: it stands in errors and in the record. */
  readonly name: string;
  /** Whether it holds several splits, so that demonstrations may come from it too. */
  readonly hasSplits: boolean;
  /** Whether it is one file, of no split but its own. */
  readonly isFile: boolean;
  read<Item>(parse: ParseRow<Item>, options: Omit<LoadOptions, "synthetic">): Promise<Item[]>;
}

const synthetic = {
  gsm8k: syntheticGsm8k,
  math: syntheticMath,
  mmlu: syntheticMmlu,
  omega: syntheticOmega,
  nll: syntheticGsm8k,
} as const;

/** Benchmarks whose rows can be made without a download. */
export type SyntheticBenchmark = keyof typeof synthetic;

/**
 * Opens the rows of a benchmark: a file, a folder, a data set of the hub, or `"synthetic"`, which are made on the spot
 * in the layout of `benchmark`. Nothing is read before `read`.
 *
 * @example
 * ```ts
 * import { benchmarkRows } from "@vpt/data";
 * import { gsm8kItem } from "@vpt/eval/rows";
 *
 * const items = await benchmarkRows("synthetic", "gsm8k").read(gsm8kItem, { limit: 8 });
 * ```
 * @category rows
 */
export const benchmarkRows = (path: string, benchmark?: SyntheticBenchmark): BenchmarkRows => ({
  name: path,
  hasSplits: hasSplits(path),
  isFile: statSync(path, { throwIfNoEntry: false })?.isFile() === true,
  read: (parse, options) =>
    loadItems(path, parse, { ...options, ...(benchmark && { synthetic: synthetic[benchmark] }) }),
});
