import type { PresetUse } from "./config/preset-use.js";

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

/** A file that a method leaves beside its logs. */
export interface Artifact {
  /** Name in the method's folder, such as `masks.png`. */
  readonly name: string;
  readonly data: string | Uint8Array;
}

/** One method of a run, after its last step. */
export interface MethodSummary {
  readonly method: string;
  readonly steps: number;
  /** Wall-clock seconds of all its steps. */
  readonly seconds: number;
  /** Of those, seconds of training: without waiting for batches and without compilation. */
  readonly trainingSeconds: number;
  /** Median seconds of a step. */
  readonly secondsPerStep: number;
  /** Tokens or images that it trained on. */
  readonly units: number;
  /** Steps and meta steps that were skipped, because of numbers that were not finite or a spike of the loss. */
  readonly skipped: number;
  readonly scores: Scores;
  /** The best evaluation during the run, where `evaluate.best` names a metric. */
  readonly best?: { readonly step: number; readonly value: number };
  /**
   * Where the methods have as many seconds each: the last evaluation that this method and the baseline have of the same
   * step, and both their metrics.
   */
  readonly atEqualSteps?: EqualStepScores;
}

/** A method and the baseline after as many steps each, on the way. */
export interface EqualStepScores {
  readonly step: number;
  readonly quick: boolean;
  readonly metrics: Readonly<Record<string, number>>;
  readonly baseline: Readonly<Record<string, number>>;
}

/** `summary.json` of a run folder: what a report shows and `--json` prints. */
export interface RunSummary {
  readonly format: 2;
  readonly kind: string;
  readonly model: string;
  readonly backend: string;
  readonly seed: number;
  /** Steps of each method, or of the baseline where the methods have as many seconds each. */
  readonly steps: number;
  /** What the methods have in common. */
  readonly match: "steps" | "seconds";
  readonly unit: "tokens" | "images";
  /** The preset that the configuration names, and what it has otherwise. */
  readonly preset?: PresetUse;
  /** Sizes of the data sets, in rows or images. */
  readonly data: Readonly<Record<string, number>>;
  readonly metrics: readonly Metric[];
  readonly primaryMetric: string;
  readonly before: Scores;
  readonly methods: readonly MethodSummary[];
  /** Samples that could not be used, by data set; `skipped-samples.jsonl` lists them. */
  readonly skippedSamples?: Readonly<Record<string, number>>;
  /** Fraction of the steps' time that the learner waited for batches. */
  readonly stall?: number;
  /** Versions and hardware, by name. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Largest resident memory of the process, in bytes. */
  readonly peakResidentBytes: number;
  readonly finishedAt: string;
}

/** Scores in one line: each metric by its label, to four digits. */
export const describeScores = (scores: Scores, metrics: readonly Metric[]): string =>
  metrics
    .flatMap(({ name, label }) => {
      const value = scores.metrics[name];
      return value === undefined ? [] : [`${label} ${value.toFixed(4)}`];
    })
    .join(", ");
