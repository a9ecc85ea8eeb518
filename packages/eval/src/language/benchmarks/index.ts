export { describeBenchmark } from "./describe-benchmark.js";
export { openChoices } from "./choices-benchmark.js";
export type { ChoicesOptions } from "./choices-benchmark.js";
export { openGsm8k } from "./gsm8k-benchmark.js";
export type { Gsm8kOptions } from "./gsm8k-benchmark.js";
export { openMath } from "./math-benchmark.js";
export type { MathOptions } from "./math-benchmark.js";
export { openMmlu } from "./mmlu-benchmark.js";
export type { MmluOptions } from "./mmlu-benchmark.js";
export { openNll } from "./nll-benchmark.js";
export type { NllOptions } from "./nll-benchmark.js";
export { openOmega } from "./omega-benchmark.js";
export type { OmegaOptions } from "./omega-benchmark.js";
export { openPassAtK } from "./pass-at-k-benchmark.js";
export type { PassAtKOptions } from "./pass-at-k-benchmark.js";
export { writeBenchmarkRecord } from "./write-benchmark-record.js";
export type {
  BenchmarkOptions,
  BenchmarkResult,
  LanguageEvaluator,
  OpenBenchmark,
  RowSource,
  ShotOptions,
} from "./open-benchmark.js";
