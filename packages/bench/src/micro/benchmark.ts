import type { Progress } from "@vpt/train";

/** An option of a benchmark; a program turns what its user typed into the value. */
export type BenchmarkOption = { readonly description: string } & (
  | { readonly kind: "whole"; readonly default?: number }
  | { readonly kind: "wholes"; readonly default: readonly number[] }
  | { readonly kind: "text"; readonly default?: string }
  | { readonly kind: "flag" }
  | { readonly kind: "choice"; readonly choices: readonly string[]; readonly default?: string }
);

type Maybe<Option, Value> = Option extends { readonly default: unknown } ? Value : Value | undefined;

type OptionValue<Option extends BenchmarkOption> = Option extends { readonly kind: "whole" }
  ? Maybe<Option, number>
  : Option extends { readonly kind: "wholes" }
    ? readonly number[]
    : Option extends { readonly kind: "flag" }
      ? boolean
      : Option extends { readonly kind: "choice"; readonly choices: readonly (infer Choice)[] }
        ? Maybe<Option, Choice>
        : Maybe<Option, string>;

/** The values of declared options: a number for `whole`, one of the choices for `choice`, … */
export type OptionValues<Options extends Readonly<Record<string, BenchmarkOption>>> = {
  readonly [Name in keyof Options]: OptionValue<Options[Name]>;
};

/** What a benchmark measured. */
export interface BenchmarkReport {
  /** Printed by `--json` and kept by `--out`. */
  readonly result: object;
  /** The same for people. */
  readonly lines: readonly string[];
}

/** A benchmark as a program offers it: what it measures, its options, and how it runs. */
export interface Benchmark<Values = Readonly<Record<string, unknown>>> {
  readonly description: string;
  readonly options: Readonly<Record<string, BenchmarkOption>>;
  run(values: Values, progress: Progress): Promise<BenchmarkReport>;
}

/** Types the values that `run` receives by the options beside it. */
export const defineBenchmark = <const Options extends Readonly<Record<string, BenchmarkOption>>>(definition: {
  readonly description: string;
  readonly options: Options;
  run(values: OptionValues<Options>, progress: Progress): Promise<BenchmarkReport>;
}): Benchmark => definition as unknown as Benchmark;
