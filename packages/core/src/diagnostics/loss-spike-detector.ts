import { VptError } from "@vpt/contracts";

/** Options of {@link lossSpikeDetector}. */
export interface LossSpikeDetectorOptions {
  /** k: how many times the usual spread above the median. Default 8. */
  readonly factor?: number;
  /** Number of earlier losses, spikes left out, to compare with. No step is a spike before half of them. Default 50. */
  readonly window?: number;
  /** Losses of earlier steps, in order. A resumed run passes those of its log and then skips the same steps. */
  readonly history?: readonly number[];
}

/**
 * Detects spikes of the loss: values above `median + k·MAD` of the last steps, where MAD is the median distance from
 * the median. Passed to `trainStep` as `skipStep`, it keeps a batch that spikes from moving parameters and moments.
 *
 * @returns A function that returns true for a spike. It stores the losses that it is given.
 * @throws {VptError} When factor or window are not positive.
 * @example
 * ```ts
 * import { lossSpikeDetector, vPretrain } from "@vpt/core";
 *
 * await vPretrain({ ...options, batches, skipStep: lossSpikeDetector({ factor: 8 }) });
 * ```
 * @see Method 11.7; skipping the data of a spike is what PaLM did (arXiv 2204.02311, section 5.1), by hand.
 * @category diagnostics
 */
export function lossSpikeDetector({ factor = 8, window = 50, history = [] }: LossSpikeDetectorOptions = {}): (numbers: {
  readonly loss: number;
}) => boolean {
  if (!(factor > 0)) throw new VptError(`lossSpikeDetector: factor ${factor}; expected a positive number`);
  if (!(Number.isInteger(window) && window >= 2)) {
    throw new VptError(`lossSpikeDetector: window ${window}; expected a whole number of at least 2`);
  }
  const recent: number[] = [];
  const isSpike = (loss: number): boolean => {
    if (!Number.isFinite(loss)) return false; // not a spike but broken: the step's own guard takes it
    if (recent.length * 2 >= window) {
      const middle = median(recent);
      const spread = median(recent.map((x) => Math.abs(x - middle)));
      if (loss > middle + factor * spread) return true;
    }
    recent.push(loss);
    if (recent.length > window) recent.shift();
    return false;
  };
  history.forEach(isSpike);
  return ({ loss }) => isSpike(loss);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
