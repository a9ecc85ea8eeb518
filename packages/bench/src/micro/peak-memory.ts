import { readFileSync, writeFileSync } from "node:fs";

/**
 * Sets this process's largest resident memory back to the present one, where the system can: Linux, by
 * `/proc/self/clear_refs`.
 *
 * @returns Whether it did. Where not, {@link peakMemory} is the largest since the process started.
 */
export function resetPeakMemory(path = "/proc/self/clear_refs"): boolean {
  try {
    writeFileSync(path, "5", { flag: "r+" });
    return true;
  } catch {
    return false;
  }
}

/** Reads this process's largest resident memory in bytes, since the last {@link resetPeakMemory} that succeeded. */
export function peakMemory(path = "/proc/self/status"): number {
  try {
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(path, "utf8"));
    if (kibibytes) return Number(kibibytes[1]) * 1024;
  } catch {
    // no such file outside of Linux
  }
  return process.resourceUsage().maxRSS * 1024;
}
