import type { BenchOptions } from "./bench-options.js";
import { timing, type Timing } from "./timing.js";

/** Runs once and returns how long it took, and perhaps what it computed. */
export type Implementation = () => Promise<{
  readonly seconds: number;
  readonly result?: number;
  readonly peakBytes?: number;
}>;

/** Times a step that returns its loss: the clock stops when the loss is read; the peak is that of this process. */
export const timed =
  (step: () => Promise<number>, now: () => number = () => performance.now()): Implementation =>
  async () => {
    const start = now();
    const result = await step();
    return { seconds: (now() - start) / 1000, result, peakBytes: process.resourceUsage().maxRSS * 1024 };
  };

/** The timings of one implementation, and what its last run computed. */
export interface Measurement {
  readonly timing: Timing;
  readonly result?: number;
  readonly peakBytes?: number;
}

/** Measurements by implementation, all of one benchmark. */
export type Comparison<Name extends string = string> = Readonly<Record<Name, Measurement>>;

/** How often implementations run. */
export interface InterleaveOptions extends Pick<BenchOptions, "rounds" | "onRound"> {
  /** Rounds before those that count; 1 by default. */
  readonly warmUp?: number;
  /**
   * An implementation whose last warm-up run took longer is not run again, and that run counts. Autocast in bf16 takes
   * minutes a step on processors without bf16 instructions.
   */
  readonly patienceSeconds?: number;
}

/** Runs implementations in turn, so that a machine that slows down slows all of them. */
export async function runInterleaved<Name extends string>(
  implementations: Readonly<Record<Name, Implementation>>,
  { rounds, warmUp = 1, patienceSeconds = 60, onRound }: InterleaveOptions,
): Promise<Record<Name, Measurement>> {
  const names = Object.keys(implementations) as Name[];
  const seconds = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  const last: Partial<Record<string, Awaited<ReturnType<Implementation>>>> = {};
  const slow = new Set<Name>();
  for (let round = 0; round < warmUp + rounds; round++) {
    for (const name of names.filter((name) => !slow.has(name))) {
      const run = await implementations[name]();
      last[name] = run;
      if (round === warmUp - 1 && run.seconds > patienceSeconds) slow.add(name);
      if (round >= warmUp || slow.has(name)) seconds[name].push(run.seconds);
      onRound?.(
        `${round < warmUp ? "warm-up" : `round ${round - warmUp + 1}/${rounds}`} ${name}: ${run.seconds.toFixed(3)} s`,
      );
    }
  }
  const measurement = (name: Name): Measurement => {
    const { seconds: _, ...rest } = last[name]!;
    return { timing: timing(seconds[name]), ...rest };
  };
  return Object.fromEntries(names.map((name) => [name, measurement(name)])) as Record<Name, Measurement>;
}

/**
 * Returns the seconds of each implementation: of its median run, or of its fastest, to which other load added the
 * least.
 */
export const secondsOf = <Name extends string>(
  comparison: Comparison<Name>,
  which: "median" | "fastest",
): Record<Name, number> => {
  const names = Object.keys(comparison) as Name[];
  const seconds = ({ timing }: Measurement): number => (which === "median" ? timing.median : Math.min(...timing.runs));
  return Object.fromEntries(names.map((name) => [name, seconds(comparison[name])])) as Record<Name, number>;
};
