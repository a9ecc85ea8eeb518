import { join } from "node:path";
import { createCheckpoints, type CheckpointOptions, type Checkpoints } from "@vpt/core/run";
import { tensorFile } from "@vpt/weights";
import type { RunCallback } from "../run-callback.js";

/** The checkpoints of a method's folder. */
export const checkpointsIn = (folder: string, options: CheckpointOptions = {}): Checkpoints =>
  createCheckpoints(join(folder, "checkpoints"), tensorFile, options);

/** Writes `checkpoints/<step>` and keeps the newest `keep`. Logs flush before it, in their own `onCheckpoint`. */
export const checkpointWriter = (options: Pick<CheckpointOptions, "keep" | "kind">): RunCallback => ({
  onCheckpoint: ({ folder, method, state, data }) =>
    checkpointsIn(folder, { ...options, method }).save({ state, data }),
});
