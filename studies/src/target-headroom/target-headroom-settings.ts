import type { Provenance } from "@vpt/bench/studies";
import type { GradientKind } from "./step-gain.js";

/** Fixed before the run. Development rows only: the rows of the small ablation's report choose nothing here. */
export const settings = {
  seed: 100,
  testSkip: 250,
  testRows: 64,
  plainSteps: 3,
  feedbackBatches: 32,
  batches: 6,
  distances: [0, 0.25, 0.5, 1, 1.5, 2, 3, 4],
  rawDistances: [0.1, 0.3],
  strengths: [0, 0.5, 1, 2, 4],
  candidates: [32, 128],
  gates: [0.25, 0.5, 0.75, 0.9, 1],
} as const;

/** The learner moved along a direction, as a model. */
export interface Moved {
  readonly direction: "preconditioned" | "raw";
  readonly distance: number;
  readonly nll: number;
  readonly accuracy: number;
  readonly math: number;
}

/** What the study finds. */
export interface TargetHeadroomResult extends Provenance {
  readonly line: readonly Moved[];
  readonly kinds: Readonly<Record<string, GradientKind>>;
}

/** How a target is called in the tables. */
export const tiltName = (candidates: number, strength: number): string =>
  strength === 0 ? `self-distillation, K ${candidates}` : `tilt, K ${candidates}, ε ${strength}`;
