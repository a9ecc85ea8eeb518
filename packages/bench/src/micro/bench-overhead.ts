import { cpus } from "node:os";
import { VptError } from "@vpt/core";
import { stepFlops } from "@vpt/train/language";
import type { BenchOptions } from "./bench-options.js";
import { feedbackRowsOf } from "./language-step.js";
import { overheadModes, type OverheadMode, type OverheadSetup, type OverheadWindow } from "./overhead-runner.js";
import { overheadTable, type OverheadRound, type OverheadTable } from "./overhead-table.js";
import { shapes, type ShapeName } from "./shapes.js";
import type { Reference } from "./torch-reference.js";
import { valueMethods, type ValueMethodName } from "./value-methods.js";

/** A process that takes windows of steps when it is asked to, and waits in between. */
export interface OverheadProcess {
  run(mode: OverheadMode, steps: number): Promise<OverheadWindow>;
  close(): void;
}

/** What is timed, and how long. */
export interface BenchOverheadOptions extends Omit<BenchOptions, "now"> {
  readonly shape: ShapeName;
  readonly batch: number;
  readonly tokens: number;
  readonly method: ValueMethodName;
  /** K, candidates a position. */
  readonly candidates: number;
  /** Blocks at the end over which the value is taken. */
  readonly blocks: number;
  /** r: a value update every so many steps. */
  readonly every: number;
  /** W: steps of each process in each mode before the first window. */
  readonly warmUp: number;
  /** T: steps a window, a multiple of `every`. */
  readonly window: number;
  /** @default both */
  readonly modes?: readonly OverheadMode[];
  /** Starts the process of one method; `startOverheadProcess` makes one. */
  readonly start: (setup: OverheadSetup) => Promise<OverheadProcess>;
}

/** The paper's table 3, measured here. */
export interface BenchOverhead extends Omit<BenchOverheadOptions, "start" | "modes" | "reference" | "onRound"> {
  readonly processor: string;
  readonly torch?: string;
  readonly tables: Readonly<Partial<Record<OverheadMode, OverheadTable>>>;
  /** Operations of the products: of a baseline step, of what V-Pretraining adds on average, and the ratio of both. */
  readonly counted: { readonly baseline: number; readonly extra: number; readonly ratio: number };
  /** V-Pretraining step ÷ baseline step by mode and as counted; PyTorch's update by double backprop ÷ ours. */
  readonly ratios: Readonly<Record<string, number>>;
  readonly windows: Readonly<Partial<Record<OverheadMode, readonly OverheadRound[]>>>;
}

/**
 * Measures what V-Pretraining costs, as the paper's appendix A.5 does: W steps of warm-up, then windows of T steps by
 * the wall clock of the whole window. Baseline and method run in processes of their own that take turns, one window
 * each in a round, so that a machine that slows down slows both. Ratios are paired round by round.
 *
 * The share of value updates and that of targets are differences of whole steps, because a compiled step is one graph
 * in which no clock can be read: a step with an update less one without, and the latter less a baseline step.
 *
 * @throws {VptError} When a window is no multiple of the period, or a process does not start.
 * @example
 * ```ts
 * import { benchOverhead, startOverheadProcess } from "@vpt/bench";
 *
 * const sizes = { shape: "smollm2-135m", batch: 4, tokens: 256, candidates: 64, blocks: 2, every: 8 } as const;
 * const timing = { warmUp: 16, window: 32, rounds: 9 };
 * const { tables } = await benchOverhead({ ...sizes, ...timing, method: "value", start: startOverheadProcess() });
 * ```
 * @see arXiv 2601.22108v1, appendix A.5 and table 3. Differs: resident memory of a process for GPU memory, differences
 *   of steps for CUDA events, and intervals over rounds.
 */
export async function benchOverhead(options: BenchOverheadOptions): Promise<BenchOverhead> {
  const { start, modes = overheadModes, reference: startReference, onRound: _, ...sizes } = options;
  const { method, shape, batch, tokens, candidates, blocks, every } = sizes;
  checkWindow(options);
  const setup = { shape, batch, tokens, candidates, blocks, every };
  const processes: Partial<Record<"baseline" | "method", OverheadProcess>> = {};
  let reference: Reference | undefined;
  try {
    processes.baseline = await start({ ...setup, method: "baseline" });
    processes.method = await start({ ...setup, method });
    const torchSetup = { kind: "value", config: { ...shapes[shape], maxPositions: tokens }, ...setup };
    reference = await startReference?.({ ...torchSetup, threads: cpus().length });
    const { windows, torchSeconds } = await takeWindows(
      { baseline: processes.baseline, method: processes.method, reference },
      options,
      modes,
    );
    const tables = Object.fromEntries(modes.map((mode) => [mode, overheadTable(windows[mode]!, batch * tokens)]));
    const counted = countedOverhead(options);
    return {
      ...sizes,
      processor: cpus()[0]!.model,
      ...(reference && { torch: reference.torch }),
      tables,
      counted,
      ratios: ratiosOf(tables, { every, counted: counted.ratio, torchSeconds }),
      windows,
    };
  } finally {
    reference?.close();
    processes.baseline?.close();
    processes.method?.close();
  }
}

function checkWindow({ window, every, rounds }: BenchOverheadOptions): void {
  if (window % every !== 0)
    throw new VptError(
      `bench overhead: --window ${window} with --every ${every}: expected a multiple of --every, so that each window ` +
        `has as many updates; take ${Math.ceil(window / every) * every}`,
    );
  if (rounds < 1) throw new VptError(`bench overhead: --rounds ${rounds}: expected at least 1`);
}

/** Warms up, then takes one window of each process a round and mode; odd rounds begin with the method. */
async function takeWindows(
  processes: Readonly<Record<"baseline" | "method", OverheadProcess>> & { readonly reference: Reference | undefined },
  { warmUp, window, rounds, onRound }: BenchOverheadOptions,
  modes: readonly OverheadMode[],
) {
  const windows: Partial<Record<OverheadMode, OverheadRound[]>> = {};
  const torchSeconds: number[] = [];
  for (const mode of modes)
    for (const name of ["baseline", "method"] as const) {
      onRound?.(`warm-up ${mode} ${name}: ${warmUp} steps`);
      if (warmUp > 0) await processes[name].run(mode, warmUp);
    }
  await processes.reference?.run("eager");
  for (let round = 0; round < rounds; round++) {
    for (const mode of modes) {
      const taken: Partial<Record<"baseline" | "method", OverheadWindow>> = {};
      for (const name of round % 2 === 0 ? (["baseline", "method"] as const) : (["method", "baseline"] as const)) {
        const own = (taken[name] = await processes[name].run(mode, window));
        onRound?.(`round ${round + 1}/${rounds} ${mode} ${name}: ${(own.seconds / window).toFixed(3)} s a step`);
      }
      (windows[mode] ??= []).push(taken as OverheadRound);
    }
    if (processes.reference) torchSeconds.push((await processes.reference.run("eager")).seconds);
  }
  return { windows, torchSeconds };
}

function countedOverhead({ shape, method, batch, tokens, blocks, candidates, every }: BenchOverheadOptions) {
  const work = { batch, tokens, blocks, candidates, feedbackRows: feedbackRowsOf(batch) };
  const flops = stepFlops(shapes[shape], work);
  const extra = valueMethods[method].extraFlops(flops, every);
  return { baseline: flops.baseline, extra, ratio: 1 + extra / flops.baseline };
}

function ratiosOf(
  tables: BenchOverhead["tables"],
  {
    every,
    counted,
    torchSeconds,
  }: { readonly every: number; readonly counted: number; readonly torchSeconds: readonly number[] },
): Record<string, number> {
  const measured = Object.entries(tables).map(([mode, { ratio }]) => [`r = ${every} ${mode}`, ratio.seconds.mean]);
  const ours = (tables["compute-only"] ?? Object.values(tables)[0])?.updateSeconds?.mean;
  const theirs = torchSeconds.reduce((sum, seconds) => sum + seconds, 0) / torchSeconds.length;
  return {
    ...Object.fromEntries(measured),
    [`r = ${every} counted`]: counted,
    ...(torchSeconds.length > 0 && ours !== undefined && { "double backprop": theirs / ours }),
  };
}
