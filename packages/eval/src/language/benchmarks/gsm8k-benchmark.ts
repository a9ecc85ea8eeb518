import { gsm8kTask, type Gsm8kPreset, type Gsm8kTaskOptions } from "../gsm8k.js";
import { gsm8kItem } from "../rows.js";
import { drawShots, type PresetShots } from "./draw-shots.js";
import { generationBenchmark } from "./generation-benchmark.js";
import { readOptions, splitOf, type BenchmarkOptions, type OpenBenchmark, type ShotOptions } from "./open-benchmark.js";

/** Options of {@link openGsm8k}; the layout options are of the preset `vpt`. */
export interface Gsm8kOptions
  extends
    BenchmarkOptions,
    ShotOptions,
    Pick<Gsm8kTaskOptions, "preset" | "newlineBlank" | "answerBlank" | "stripCalculator" | "decoding"> {}

const presetShots: Record<Gsm8kPreset, PresetShots> = {
  vpt: { shots: 0 },
  "lm-eval": { shots: 5 },
  "lm-eval-cot": {
    shots: 8,
    fixed:
      "rows { question, answer } or { question, target } that end `The answer is N.`, " +
      "as lm-evaluation-harness has them in tasks/gsm8k/gsm8k-cot.yaml",
  },
};

/**
 * Opens GSM8K: reads its rows, and draws the demonstrations of the preset.
 *
 * @throws {EvalInputError} When a preset needs demonstrations that are not given.
 * @example
 * ```ts
 * import { benchmarkRows } from "@vpt/data";
 * import { openGsm8k } from "@vpt/eval/benchmarks";
 * import { textGenerator } from "@vpt/lang/evaluation";
 *
 * const gsm8k = await openGsm8k({ rows: benchmarkRows("openai/gsm8k/main"), preset: "lm-eval" });
 * const { record } = await gsm8k.run({ generator: textGenerator(model) }, { file: "gsm8k.jsonl" });
 * ```
 * @category benchmarks
 */
export async function openGsm8k(options: Gsm8kOptions): Promise<OpenBenchmark> {
  const { rows, split, preset = "vpt", newlineBlank, answerBlank, stripCalculator, decoding = {} } = options;
  const { demonstrations, indices } = await drawShots("gsm8k", options, gsm8kItem, presetShots[preset]);
  const layout = {
    ...(newlineBlank !== undefined && { newlineBlank }),
    ...(answerBlank !== undefined && { answerBlank }),
  };
  const task = gsm8kTask({
    preset,
    demonstrations,
    ...(preset === "vpt" && layout),
    ...(stripCalculator && { stripCalculator }),
    decoding,
  });
  return generationBenchmark({
    task,
    items: await rows.read(gsm8kItem, readOptions(options)),
    split: splitOf(rows, split),
    details: () => ({ data: rows.name, ...(indices.length > 0 && { demonstrations: indices }) }),
  });
}
