import { join } from "node:path";
import { createCheckpoints, type Checkpoints } from "@vpt/core/run";
import { tensorFile } from "@vpt/weights";
import type { RunCallback } from "../run-callback.js";

/** The checkpoints of a method's folder. */
export const checkpointsIn = (folder: string, keep?: number): Checkpoints =>
  createCheckpoints(join(folder, "checkpoints"), tensorFile, keep === undefined ? {} : { keep });

/** Writes `checkpoints/<step>` and keeps the newest `keep`. Logs flush before it, in their own `onCheckpoint`. */
export const checkpointWriter = (keep: number): RunCallback => ({
  onCheckpoint: ({ folder, state, data }) => checkpointsIn(folder, keep).save({ state, data }),
});
