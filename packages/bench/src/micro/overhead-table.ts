import { VptError } from "@vpt/core";
import type { OverheadWindow } from "./overhead-runner.js";
import { meanInterval, ratioInterval, type Interval } from "./ratio-interval.js";

/** One method's windows, of one round each, in a row of the paper's table 3. */
export interface OverheadRow {
  readonly tokensPerSecond: number;
  readonly secondsPerStep: number;
  readonly cpuSecondsPerStep: number;
  /** Largest resident memory in a window. */
  readonly peakBytes: number;
  /** Whether that is the windows' own, or the process's since it started. */
  readonly isPeakOfWindow: boolean;
}

/** Baseline and V-Pretraining beside each other: the paper's table 3. */
export interface OverheadTable {
  readonly baseline: OverheadRow;
  readonly method: OverheadRow;
  /** V-Pretraining ÷ baseline, paired round by round. */
  readonly ratio: {
    readonly seconds: Interval;
    readonly cpuSeconds: Interval;
    readonly peakBytes: Interval;
  };
  /**
   * Share of the method's window that value updates take: `U·(step with an update − step without)/Δt`; undefined where
   * every step has one.
   */
  readonly updateShare?: Interval;
  /** Share that targets take at every step: `T·(step without an update − baseline step)/Δt`. */
  readonly targetShare?: Interval;
  /** Seconds of one update, over and above a step without. */
  readonly updateSeconds?: Interval;
}

/** The windows of one round. */
export interface OverheadRound {
  readonly baseline: OverheadWindow;
  readonly method: OverheadWindow;
}

/**
 * Computes the table from rounds.
 *
 * @param tokensPerStep Batch × tokens.
 */
export function overheadTable(rounds: readonly OverheadRound[], tokensPerStep: number): OverheadTable {
  if (rounds.length === 0) throw new VptError("overheadTable: expected at least one round, received none");
  const [baseline, method] = [rounds.map((round) => round.baseline), rounds.map((round) => round.method)];
  const ratioOf = (of: (window: OverheadWindow) => number): Interval => ratioInterval(method.map(of), baseline.map(of));
  const perRound = (of: (round: OverheadRound) => number): Interval => meanInterval(rounds.map(of));
  const hasBoth = method.every(
    ({ updateSeconds, otherSeconds }) => updateSeconds.length > 0 && otherSeconds.length > 0,
  );
  return {
    baseline: rowOf(baseline, tokensPerStep),
    method: rowOf(method, tokensPerStep),
    ratio: {
      seconds: ratioOf(({ seconds, steps }) => seconds / steps),
      cpuSeconds: ratioOf(({ cpuSeconds, steps }) => cpuSeconds / steps),
      peakBytes: ratioOf(({ peakBytes }) => peakBytes),
    },
    ...(hasBoth && {
      updateShare: perRound((round) => (round.method.updateSeconds.length * updateOf(round)) / round.method.seconds),
      targetShare: perRound((round) => {
        const { steps, seconds, otherSeconds } = round.method;
        return (steps * (meanOf(otherSeconds) - round.baseline.seconds / round.baseline.steps)) / seconds;
      }),
      updateSeconds: perRound(updateOf),
    }),
  };
}

const updateOf = ({ method: { updateSeconds, otherSeconds } }: OverheadRound): number =>
  meanOf(updateSeconds) - meanOf(otherSeconds);

const meanOf = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

function rowOf(windows: readonly OverheadWindow[], tokensPerStep: number): OverheadRow {
  const sum = (of: (window: OverheadWindow) => number): number => windows.reduce((total, each) => total + of(each), 0);
  const steps = sum((window) => window.steps);
  const seconds = sum((window) => window.seconds);
  return {
    tokensPerSecond: (steps * tokensPerStep) / seconds,
    secondsPerStep: seconds / steps,
    cpuSecondsPerStep: sum(({ cpuSeconds }) => cpuSeconds) / steps,
    peakBytes: Math.max(...windows.map(({ peakBytes }) => peakBytes)),
    isPeakOfWindow: windows.every(({ isPeakOfWindow }) => isPeakOfWindow),
  };
}
