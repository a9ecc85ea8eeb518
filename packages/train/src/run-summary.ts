import type { LanguageMethod } from "@vpt/lang";

/** Held-out scores of one set of parameters. */
export interface Scores {
  /** Answer NLL per token on the test rows, and the share of tokens that are the model's first choice. */
  readonly test: { readonly nllPerToken: number; readonly accuracy: number; readonly perRow: readonly number[] };
  /** The same NLL on held-out rows of the stream. */
  readonly unlabeledTest?: { readonly nllPerToken: number };
}

/** A prompt and how it was continued. */
export interface Sample {
  readonly prompt: string;
  readonly text: string;
}

/** `summary.json` of a run folder: what the report shows and `--json` prints. */
export interface RunSummary {
  readonly model: string;
  readonly backend: string;
  readonly seed: number;
  readonly steps: number;
  readonly rows: Readonly<Record<string, number>>;
  /** Largest resident memory of the process; absent from runs before it was kept. */
  readonly peakResidentBytes?: number;
  readonly before: Scores & { readonly samples: readonly Sample[] };
  readonly methods: readonly (Scores & {
    readonly method: LanguageMethod;
    readonly seconds: number;
    readonly samples: readonly Sample[];
  })[];
}
