import type { Estimate } from "../../statistics/statistics.js";
import type { BenchmarkResult } from "./open-benchmark.js";

/**
 * Describes a benchmark's scores with their 95 % intervals, a line each; likelihoods in one line.
 *
 * @example
 * ```ts
 * import { benchmarkRows } from "@vpt/data";
 * import { describeBenchmark, openGsm8k } from "@vpt/eval/benchmarks";
 * import { languageEvaluator } from "@vpt/lang/evaluation";
 *
 * const gsm8k = await openGsm8k({ rows: benchmarkRows("openai/gsm8k/main") });
 * console.log(describeBenchmark(await gsm8k.run(languageEvaluator(model))));
 * ```
 * @category benchmarks
 */
export function describeBenchmark({ record, details }: BenchmarkResult): string {
  if (record.task === "nll") return describeNll({ record, details });
  if (record.task === "choices") return describeChoices({ record, details });
  const { macro, ...others } = details as BenchmarkResult["details"] & { readonly macro?: Estimate };
  const percent = (fraction: number): string => (100 * fraction).toFixed(1);
  const line = (name: string, { value, ci95 }: Estimate, note = ""): string =>
    `  ${name.padEnd(32)} ${percent(value).padStart(5)} %  [${percent(ci95[0])}, ${percent(ci95[1])}]${note}`;
  const isPrimary = (name: string): boolean => !macro && name === record.headline;
  return [
    `${record.task} (${record.protocol}), ${record.n} items; 95 % intervals`,
    ...(macro ? [line("macro over configurations", macro, "  ← headline")] : []),
    ...Object.entries(record.metrics).map(([name, value]) => line(name, value, isPrimary(name) ? "  ← headline" : "")),
    ...Object.entries(record.groups).map(([name, value]) => line(`· ${name} (${value.n})`, value)),
    ...Object.entries(others).map(([name, value]) => `  ${name}: ${JSON.stringify(value)}`),
  ].join("\n");
}

function describeNll({ record, details }: Pick<BenchmarkResult, "record" | "details">): string {
  const { value, ci95 } = record.metrics["nll"]!;
  const [low, high] = ci95.map((end) => end.toFixed(4));
  const what = record.protocol === "answer" ? "answers" : "texts";
  const over = `${String(details["tokens"])} tokens of ${record.n} ${what}`;
  return `NLL ${value.toFixed(4)} [${low}, ${high}] per token over ${over}`;
}

function describeChoices({ record, details }: Pick<BenchmarkResult, "record" | "details">): string {
  const { steps, finals, fit, fitRows } = details;
  const fitted = fit === undefined ? "" : `; bias of digits and temperature fitted on ${String(fitRows)} other rows`;
  return [
    `Numbers of ${record.n} rows: ${String(steps)} results of steps, ${String(finals)} final answers${fitted}`,
    ...Object.entries(record.metrics).map(
      ([
        name,
        {
          value,
          ci95: [low, high],
        },
      ]) => {
        const isLoss = name.endsWith("LogLoss");
        const show = (x: number): string => (isLoss ? x.toFixed(4) : (100 * x).toFixed(1));
        const unit = isLoss ? "nats" : "%";
        return `  ${name.padEnd(18)} ${show(value).padStart(7)} ${unit.padEnd(4)}  [${show(low)}, ${show(high)}]`;
      },
    ),
  ].join("\n");
}
