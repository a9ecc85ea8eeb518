import { mathTask, type MathPreset, type MathTaskOptions } from "../math.js";
import { mathItem } from "../rows.js";
import { drawShots, type PresetShots } from "./draw-shots.js";
import { generationBenchmark } from "./generation-benchmark.js";
import { readOptions, splitOf, type BenchmarkOptions, type OpenBenchmark, type ShotOptions } from "./open-benchmark.js";

/** Options of {@link openMath}. */
export interface MathOptions extends BenchmarkOptions, ShotOptions, Pick<MathTaskOptions, "preset" | "decoding"> {}

const presetShots: Partial<Record<MathPreset, PresetShots>> = {
  minerva: {
    shots: 4,
    fixed:
      "rows { problem, solution } that end `Final Answer: The final answer is $X$. I hope it is correct.` " +
      "(arXiv 2206.14858, appendix D), as lm-evaluation-harness has them in tasks/minerva_math/utils.py",
  },
};

/**
 * Opens MATH or MATH-500: reads its rows, and takes the demonstrations of the preset.
 *
 * @throws {EvalInputError} When a preset needs demonstrations that are not given.
 * @example
 * ```ts
 * import { benchmarkRows } from "@vpt/data";
 * import { openMath } from "@vpt/eval/benchmarks";
 *
 * const math = await openMath({ rows: benchmarkRows("HuggingFaceH4/MATH-500"), limit: 64 });
 * ```
 * @category benchmarks
 */
export async function openMath(options: MathOptions): Promise<OpenBenchmark> {
  const { rows, split, preset = "vpt-boxed", decoding = {} } = options;
  const { demonstrations, indices } = await drawShots("math", options, mathItem, presetShots[preset]);
  return generationBenchmark({
    task: mathTask({ preset, demonstrations, decoding }),
    items: await rows.read(mathItem, readOptions(options)),
    split: splitOf(rows, split),
    details: () => ({ data: rows.name, ...(indices.length > 0 && { demonstrations: indices }) }),
  });
}
