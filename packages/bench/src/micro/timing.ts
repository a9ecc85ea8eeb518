/** Timings of one thing, in seconds. */
export interface Timing {
  readonly median: number;
  /** Quartiles: half of the runs lie between them. */
  readonly low: number;
  readonly high: number;
  readonly runs: readonly number[];
}

const at = (sorted: readonly number[], share: number): number => {
  const place = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
  return below + (above - below) * (place % 1);
};

/**
 * Median and quartiles.
 *
 * @example
 * ```ts
 * timing([1, 2, 9]).median; // 2
 * ```
 */
export function timing(runs: readonly number[]): Timing {
  const sorted = [...runs].sort((a, b) => a - b);
  return { median: at(sorted, 0.5), low: at(sorted, 0.25), high: at(sorted, 0.75), runs };
}

/** What runs once, says how long it took, and may say what it computed. */
export type Implementation = () => Promise<{
  readonly seconds: number;
  readonly result?: number;
  readonly peakBytes?: number;
}>;

/** A implementation from a step of ours that gives its loss: the clock runs until the loss is read, the peak is this process's. */
export const timed =
  (step: () => Promise<number>): Implementation =>
  async () => {
    const start = performance.now();
    const result = await step();
    return {
      seconds: (performance.now() - start) / 1000,
      result,
      peakBytes: process.resourceUsage().maxRSS * 1024,
    };
  };

/** What one implementation did. */
export interface Measurement {
  readonly timing: Timing;
  readonly result?: number;
  readonly peakBytes?: number;
}

/**
 * Runs implementations in turn, so that a machine that slows down slows all of them; the first `warmUp` rounds do not count.
 *
 * @param rounds Rounds that count.
 * @param patienceSeconds A implementation whose last warm-up run took longer is not run again: that run counts, alone (autocast in bf16 takes
 * minutes a step on processors without bf16 instructions).
 */
export async function runInterleaved<Name extends string>(
  implementations: Readonly<Record<Name, Implementation>>,
  {
    rounds,
    warmUp = 1,
    patienceSeconds = 60,
    onRound,
  }: {
    readonly rounds: number;
    readonly warmUp?: number;
    readonly patienceSeconds?: number;
    readonly onRound?: (line: string) => void;
  },
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

/** Seconds of each implementation: its median run, or its fastest, to which neighbours on the machine added the least. */
export const secondsOf = <Name extends string>(
  comparison: Readonly<Record<Name, Measurement>>,
  which: "median" | "fastest",
): Record<Name, number> => {
  const names = Object.keys(comparison) as Name[];
  const seconds = ({ timing }: Measurement): number => (which === "median" ? timing.median : Math.min(...timing.runs));
  return Object.fromEntries(names.map((name) => [name, seconds(comparison[name])])) as Record<Name, number>;
};
