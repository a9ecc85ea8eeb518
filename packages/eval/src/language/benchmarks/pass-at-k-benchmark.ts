import { EvalInputError } from "../../errors.js";
import type { EvaluationRecord } from "../../runner/evaluate.js";
import type { GenerateOptions } from "../../runner/task.js";
import { bootstrapMean } from "../../statistics/statistics.js";
import { gsm8kTask } from "../gsm8k.js";
import { mathTask } from "../math.js";
import { omegaTask } from "../omega.js";
import { countSamples, passAtK, passAtKCurve } from "../pass-at-k.js";
import { gsm8kItem, mathItem } from "../rows.js";
import { generationBenchmark } from "./generation-benchmark.js";
import { readOmega } from "./omega-benchmark.js";
import { readOptions, splitOf, type BenchmarkOptions, type OpenBenchmark } from "./open-benchmark.js";

/** Options of {@link openPassAtK}. */
export interface PassAtKOptions extends BenchmarkOptions {
  readonly task?: "gsm8k" | "math" | "omega" | undefined;
  /** Samples an item; default 32. */
  readonly samples?: number | undefined;
  /** Values of k, at most `samples`; default 1, 2, 4, 8, 16. */
  readonly ks?: readonly number[] | undefined;
  readonly seed?: number | undefined;
  /** Default temperature 0.7, topP 0.95. */
  readonly decoding?: Partial<GenerateOptions> | undefined;
}

/**
 * Opens pass@k of a benchmark that is answered with text, from several samples an item and without demonstrations.
 *
 * @throws {EvalInputError} When a k is larger than the number of samples.
 * @example
 * ```ts
 * import { benchmarkRows } from "@vpt/data";
 * import { openPassAtK } from "@vpt/eval/benchmarks";
 *
 * const sampled = await openPassAtK({ rows: benchmarkRows("openai/gsm8k/main"), samples: 16, ks: [1, 4, 16] });
 * ```
 * @category benchmarks
 */
export async function openPassAtK(options: PassAtKOptions): Promise<OpenBenchmark> {
  const { rows, split, task: name = "gsm8k", samples = 32, ks = [1, 2, 4, 8, 16], seed = 0 } = options;
  if (Math.max(...ks) > samples)
    throw new EvalInputError({
      where: "pass-at-k: ks",
      expected: `values up to the ${samples} samples`,
      received: ks.join(","),
    });
  const decoding = { temperature: 0.7, topP: 0.95, ...options.decoding };
  const shared = {
    split: splitOf(rows, split),
    details: (record: EvaluationRecord) => ({ data: rows.name, passAtK: curve(record, ks) }),
    sampling: { samples, seed },
  };
  if (name === "omega") {
    const items = await readOmega(rows, split ?? "test_in", options.limit);
    return generationBenchmark({ ...shared, task: omegaTask({ decoding }), items });
  }
  if (name === "math") {
    const items = await rows.read(mathItem, readOptions(options));
    return generationBenchmark({ ...shared, task: mathTask({ decoding }), items });
  }
  const items = await rows.read(gsm8kItem, readOptions(options));
  return generationBenchmark({ ...shared, task: gsm8kTask({ decoding }), items });
}

/** The curve, with an interval over items (not over the samples of one). */
function curve(record: EvaluationRecord, ks: readonly number[]) {
  const problems = countSamples(record.perItem);
  return passAtKCurve(problems, ks).map((point) => {
    const { stderr, ci95, method } = bootstrapMean(problems.map(({ n, c }) => passAtK(n, c, point.k)));
    return { ...point, stderr, ci95, method };
  });
}
