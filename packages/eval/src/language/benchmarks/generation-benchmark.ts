import { EvalInputError } from "../../errors.js";
import type { EvaluationRecord } from "../../runner/evaluate.js";
import { readRecordFile } from "../../runner/record-file.js";
import { evaluateGeneration, scorePredictions } from "../../runner/runners.js";
import type { GenerationTask } from "../../runner/task.js";
import { needed, type BenchmarkResult, type OpenBenchmark } from "./open-benchmark.js";

/** A task with its items, and what is computed from its record. */
interface GenerationBenchmark<Item> {
  readonly task: GenerationTask<Item>;
  readonly items: readonly Item[];
  readonly split: string | null;
  readonly details: (record: EvaluationRecord) => Readonly<Record<string, unknown>>;
  /** For pass@k: samples an item, and their seed. */
  readonly sampling?: { readonly samples: number; readonly seed: number };
}

/** A benchmark that is answered with text: by a generator, or by predictions made elsewhere. */
export function generationBenchmark<Item>(benchmark: GenerationBenchmark<Item>): OpenBenchmark {
  const { task, items, split, details, sampling } = benchmark;
  const resultOf = (record: EvaluationRecord): BenchmarkResult => ({ record, split, details: details(record) });
  return {
    run: async ({ generator }, options = {}) =>
      resultOf(
        await evaluateGeneration(task, items, needed(task.name, "generator", generator), { ...options, ...sampling }),
      ),
    async score(predictions, options = {}) {
      const { file } = options;
      if (file !== undefined && (await readRecordFile(file)))
        throw new EvalInputError({
          where: `${task.name}: file`,
          expected: "a file that does not exist yet",
          received: `${file}, which exists`,
          advice: "Name another file",
        });
      const samples = sampling && { samples: sampling.samples };
      return resultOf(await scorePredictions(task, items, predictions, { ...options, ...samples }));
    },
  };
}
