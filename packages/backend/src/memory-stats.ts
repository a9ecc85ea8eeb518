import * as tf from "@tensorflow/tfjs";

/** Memory of this process, in bytes. */
export interface MemoryStats {
  /** Resident now, and at its largest since the process began. With `memory.keepFreed` the first hardly sinks. */
  readonly resident: number;
  readonly peakResident: number;
  /** Tensors that tfjs holds, and how many they are; what compiled functions use inside is not among them. */
  readonly tensors: number;
  readonly tensorCount: number;
}

/**
 * What this process uses and used at most. Memory of a GPU is not counted.
 *
 * @example
 * const { peakResident } = memoryStats();
 * console.log(`${(peakResident / 1e9).toFixed(2)} GB`);
 * @category runtime
 */
export const memoryStats = (): MemoryStats => {
  const { numBytes, numTensors } = tf.memory();
  return {
    resident: process.memoryUsage.rss(),
    peakResident: process.resourceUsage().maxRSS * 1024,
    tensors: numBytes,
    tensorCount: numTensors,
  };
};
