export { createCheckpoints } from "./checkpoints.js";
export type { TensorFile } from "@vpt/contracts";
export type { Checkpoint, CheckpointOptions, Checkpoints } from "./checkpoints.js";
export { writeDurably } from "./durable-write.js";
export { appendLog, flushLog, readLog, truncateLog } from "./metrics-log.js";
export type { LogRecord } from "./metrics-log.js";
export { lockRun } from "./run-lock.js";
