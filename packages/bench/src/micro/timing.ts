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

/** A contestant from a step of ours that gives its loss: the clock runs until the loss is read, the peak is this process's. */
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

/** What one contestant did. */
export interface Contest {
  readonly timing: Timing;
  readonly result?: number;
  readonly peakBytes?: number;
}

/**
 * Runs contestants in turn, so that a machine that slows down slows all of them; the first `warmUp` rounds do not count.
 *
 * @param rounds Rounds that count.
 * @param patienceSeconds A contestant whose last warm-up run took longer is not run again: that run counts, alone (autocast in bf16 takes
 * minutes a step on processors without bf16 instructions).
 */
export async function runInterleaved<Name extends string>(
  contestants: Readonly<Record<Name, Implementation>>,
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
): Promise<Record<Name, Contest>> {
  const names = Object.keys(contestants) as Name[];
  const seconds = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  const last: Partial<Record<string, Awaited<ReturnType<Implementation>>>> = {};
  const slow = new Set<Name>();
  for (let round = 0; round < warmUp + rounds; round++) {
    for (const name of names.filter((name) => !slow.has(name))) {
      const run = await contestants[name]();
      last[name] = run;
      if (round === warmUp - 1 && run.seconds > patienceSeconds) slow.add(name);
      if (round >= warmUp || slow.has(name)) seconds[name].push(run.seconds);
      onRound?.(
        `${round < warmUp ? "warm-up" : `round ${round - warmUp + 1}/${rounds}`} ${name}: ${run.seconds.toFixed(3)} s`,
      );
    }
  }
  const contest = (name: Name): Contest => {
    const { seconds: _, ...rest } = last[name]!;
    return { timing: timing(seconds[name]), ...rest };
  };
  return Object.fromEntries(names.map((name) => [name, contest(name)])) as Record<Name, Contest>;
}

/** Seconds of each contestant: its median run, or its fastest, to which neighbours on the machine added the least. */
export const secondsOf = <Name extends string>(
  contests: Readonly<Record<Name, Contest>>,
  which: "median" | "fastest",
): Record<Name, number> => {
  const names = Object.keys(contests) as Name[];
  const seconds = ({ timing }: Contest): number => (which === "median" ? timing.median : Math.min(...timing.runs));
  return Object.fromEntries(names.map((name) => [name, seconds(contests[name])])) as Record<Name, number>;
};
