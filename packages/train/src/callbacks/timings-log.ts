import { memoryStats } from "@vpt/backend";
import type { RunCallback } from "../run-callback.js";
import { stepLog } from "./step-log.js";

/**
 * Writes `timings.jsonl`: seconds of each step, seconds spent waiting for its batch, whether it compiled a graph,
 * tokens or images a second, memory.
 */
export const timingsLog = (): RunCallback =>
  stepLog("timings", ({ seconds, dataSeconds, compiled, units }) => {
    const { tensorCount, resident, peakResident } = memoryStats();
    return {
      seconds,
      dataSeconds,
      ...(compiled && { compiled }),
      unitsPerSecond: units / seconds,
      tensors: tensorCount,
      residentMegabytes: resident / 1e6,
      peakResidentMegabytes: peakResident / 1e6,
    };
  });
