/** Says how long work goes on, without filling a log. */
export interface Progress {
  /** Replaces the line on a terminal; elsewhere prints one at most every few seconds. */
  setStatus(line: string): void;
  /** A line that stays. */
  log(line: string): void;
}

/** Progress on stderr, so that stdout stays clean for `--json`. `now` and `write` are for tests. */
export function createProgress({
  quiet = false,
  isTerminal = process.stderr.isTTY === true,
  now = Date.now,
  write = (text: string): unknown => process.stderr.write(text),
}: {
  readonly quiet?: boolean;
  readonly isTerminal?: boolean;
  readonly now?: () => number;
  readonly write?: (text: string) => unknown;
} = {}): Progress {
  const plainIntervalMs = 5_000;
  let last = -Infinity;
  let open = false;
  return {
    setStatus(line) {
      if (quiet) return;
      if (isTerminal) {
        write(`\r\u001b[2K${line}`);
        open = true;
      } else if (now() - last >= plainIntervalMs) {
        write(`${line}\n`);
        last = now();
      }
    },
    log(line) {
      if (quiet) return;
      write(open ? `\r\u001b[2K${line}\n` : `${line}\n`);
      open = false;
    },
  };
}

/**
 * What a runner tells its progress to: `line` says how far it is, the time left is added. What was done before its
 * first call, in an earlier run, took no time of this one; the clock started at `began`.
 */
export function showTimeLeft(
  progress: Progress,
  line: (done: number, total: number) => string,
  began = Date.now(),
): (done: number, total: number) => void {
  let before: number | undefined;
  return (done, total) => {
    before ??= done;
    const left = remaining(done - before, total - before, (Date.now() - began) / 1000);
    progress.setStatus(left === "" ? line(done, total) : `${line(done, total)}, ${left}`);
  };
}

/** `done/total`, a rate and the time left, as in `prefix 120/600, 310 tok/s, 1 min left`. */
export function remaining(done: number, total: number, seconds: number): string {
  const left = done === 0 ? Infinity : (seconds / done) * (total - done);
  return !Number.isFinite(left) ? "" : left < 90 ? `${Math.ceil(left)} s left` : `${Math.ceil(left / 60)} min left`;
}
