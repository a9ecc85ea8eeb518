import type { Progress } from "@vpt/train";

/** How a study is run. */
export interface StudyOptions {
  readonly scale: string;
  /** Seeds `firstSeed`, `firstSeed + 1`, …; the study's own number when left out. */
  readonly seeds?: number;
  readonly firstSeed?: number;
  /** Processes that share the seeds. */
  readonly workers?: number;
  /** Learner steps, where a study lets them be chosen. */
  readonly steps?: number;
  /** Some of its methods. */
  readonly methods?: readonly string[];
  /** Directory for intermediate results; rerun with the same directory to resume. */
  readonly folder?: string;
  /** File that the study was loaded from, when it is not one of this package: its processes load it again. */
  readonly module?: string;
  readonly progress: Progress;
}

/** What a study found. */
export interface StudyResult {
  /** Printed by `--json` and written by `--out`. */
  readonly json: Readonly<Record<string, unknown>>;
  /** The same for people, in Markdown. */
  readonly text: string;
  /** An SVG; `--out` writes it beside the text. */
  readonly figure?: string;
  /** What the study asserts and did not hold; empty when all did. */
  readonly failures: readonly string[];
}

/** A table or figure that one command makes again. */
export interface Study {
  readonly scales: readonly string[];
  run(options: StudyOptions): Promise<StudyResult>;
  /** What will be run and claimed, for a study that is long. */
  plan?(options: Omit<StudyOptions, "progress">): string | Promise<string>;
  /** The tables again from the rows of an earlier result, its `json`. */
  fromRows?(json: Readonly<Record<string, unknown>>): StudyResult | Promise<StudyResult>;
}

/** Studies by name; each loads when it is used. A module for `vpt repro --module` exports one as `studies`. */
export type StudyRegistry = Readonly<Record<string, () => Promise<Study>>>;
