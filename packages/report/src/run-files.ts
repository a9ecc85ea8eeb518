/** A number that a run reports, as tables and charts show it. */
export interface Metric {
  /** Its key in `metrics` of {@link Scores}. */
  readonly name: string;
  /** Its heading, such as "held-out NLL". */
  readonly label: string;
  readonly higherIsBetter: boolean;
}

/** A prompt and its continuation. */
export interface Sample {
  readonly prompt: string;
  readonly text: string;
}

/** Scores of one set of parameters on held-out data. */
export interface Scores {
  readonly metrics: Readonly<Record<string, number>>;
  /** A metric's value by test item, in the items' order: for paired intervals. */
  readonly perItem?: Readonly<Record<string, readonly number[]>>;
  readonly samples?: readonly Sample[];
}

/** One method of a run, after its last step. */
export interface MethodSummary {
  readonly method: string;
  readonly seconds: number;
  readonly secondsPerStep: number;
  readonly units: number;
  readonly skipped: number;
  readonly scores: Scores;
  readonly best?: { readonly step: number; readonly value: number };
}

/** `summary.json` of a run folder. */
export interface RunSummary {
  readonly format: 2;
  readonly kind: string;
  readonly model: string;
  readonly backend: string;
  readonly seed: number;
  readonly steps: number;
  readonly unit: "tokens" | "images";
  readonly data: Readonly<Record<string, number>>;
  readonly metrics: readonly Metric[];
  readonly primaryMetric: string;
  readonly before: Scores;
  readonly methods: readonly MethodSummary[];
  readonly skippedSamples?: Readonly<Record<string, number>>;
  readonly stall?: number;
  readonly peakResidentBytes: number;
  readonly finishedAt: string;
  /** Versions and hardware, such as `{ node: "v22.1.0", processor: "AMD EPYC" }`. */
  readonly environment?: Readonly<Record<string, string | number>>;
}

/** The target at one position, of `targets.json`. */
export interface TargetPosition {
  readonly context: string;
  readonly truth: string;
  readonly gate: number;
  readonly candidates: readonly { readonly token: string; readonly learner: number; readonly target: number }[];
}

/** The targets of a few rows at one moment of a run. */
export interface TargetSnapshot {
  readonly positions: readonly TargetPosition[];
  readonly gates: readonly number[];
  readonly slots: readonly number[];
}
