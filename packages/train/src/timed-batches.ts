import type { BatchSource } from "@vpt/core";

/** A source that counts the seconds its batches took. */
export interface TimedBatches<Batch> extends BatchSource<Batch> {
  /** Seconds since the last call of this function. */
  takeSeconds(): number;
}

/** Wraps a source, of any class, so that the seconds spent waiting for its batches are known. */
export function timedBatches<Batch>(source: BatchSource<Batch>): TimedBatches<Batch> {
  let seconds = 0;
  return {
    async next() {
      const began = performance.now();
      const batch = await source.next();
      seconds += (performance.now() - began) / 1000;
      return batch;
    },
    state: () => source.state(),
    restore: (state) => source.restore(state),
    close: async () => source.close?.(),
    takeSeconds() {
      const taken = seconds;
      seconds = 0;
      return taken;
    },
  };
}
