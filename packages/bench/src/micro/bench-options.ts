import type { StartReference } from "./torch-reference.js";

/** What every benchmark takes. */
export interface BenchOptions {
  /** Rounds that count; warm-up rounds come on top. */
  readonly rounds: number;
  /** Runs the same in another library, in turn with ours; without it only our own runs are timed. */
  readonly reference?: StartReference;
  /** Receives one line after each run. */
  readonly onRound?: (line: string) => void;
  /** Milliseconds since any moment; `performance.now` by default. */
  readonly now?: () => number;
}
