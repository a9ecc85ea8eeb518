import type { Random } from "@vpt/contracts";

const operations = {
  "+": (a: number, b: number) => a + b,
  "-": (a: number, b: number) => a - b,
  "*": (a: number, b: number) => a * b,
  "/": (a: number, b: number) => a / b,
} as const;

/** Draws from lists and ranges. */
export const createPicker = (random: Random) => {
  const of = <T>(items: readonly T[]): T => items[random.integer(items.length)]!;
  return {
    of,
    /** A whole number from `low` to `high`, both included. */
    number: (low: number, high: number): number => low + random.integer(high - low + 1),
  };
};
export type Picker = ReturnType<typeof createPicker>;

/** Writes a worked answer line by line, as GSM8K does: `3 * 4 = <<3*4=12>>12`. `slip` is added to every result. */
export const createWork = (slip = 0) => {
  const lines: string[] = [];
  let last = 0;
  return {
    /** Does one calculation, adds the line that `say` puts round it, and returns the result. */
    step(a: number, operation: keyof typeof operations, b: number, say: (sum: string) => string): number {
      last = Math.round(operations[operation](a, b)) + slip; // exact without a slip; with one, still a whole number
      lines.push(say(`${a} ${operation} ${b} = <<${a}${operation}${b}=${last}>>${last}`));
      return last;
    },
    /** The whole answer; it ends in `#### ` and the last result. */
    answer: (): string => `${lines.join("\n")}\n#### ${last}`,
  };
};
export type Work = ReturnType<typeof createWork>;
