import type { RunCallback } from "../run-callback.js";
import { stepLog } from "./step-log.js";

/** Writes `metrics.jsonl`: every scalar of every step. Equal for equal seeds, so it holds no times. */
export const metricsLog = (): RunCallback =>
  stepLog("metrics", ({ metrics, extraMetrics }) => ({ ...metrics, ...extraMetrics }));
