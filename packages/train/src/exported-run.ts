import type { CheckpointOptions } from "./find-checkpoint.js";

/** Which checkpoint of a run is exported, and how. */
export interface ExportRunOptions extends Pick<CheckpointOptions, "method"> {
  /** Folder for the model; must not hold one. */
  readonly out: string;
  /** Exports the checkpoint after so many steps. Default: the newest. */
  readonly step?: number | undefined;
  /** `bf16` halves the file and rounds. Default `f32`. */
  readonly dtype?: "f32" | "bf16";
  /** Receives one line on what was read or downloaded. */
  readonly log?: (line: string) => void;
}

/** What was exported. */
export interface ExportedRun {
  readonly out: string;
  readonly method: string;
  /** Learner steps behind the exported weights. */
  readonly step: number;
  readonly dtype: "f32" | "bf16";
}
