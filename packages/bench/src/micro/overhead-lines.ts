import type { BenchOverhead } from "./bench-overhead.js";
import type { OverheadRow, OverheadTable } from "./overhead-table.js";
import { describeInterval, type Interval } from "./ratio-interval.js";
import { gigabytes } from "./report-lines.js";

/** Formats the paper's table 3 for a terminal: a block of lines a mode, then the counted ratio. */
export function overheadLines({ method, tables, counted, ratios, ...result }: BenchOverhead): string[] {
  const { every, rounds, window, warmUp } = result;
  const more = ratios["double backprop"];
  return [
    ...Object.entries(tables).flatMap(([mode, table]) => [
      `${mode}, an update every ${every} steps, ${rounds} rounds of ${window} steps after ${warmUp}`,
      ...tableLines(method, table),
    ]),
    `counted: ${counted.ratio.toFixed(3)} (${giga(counted.baseline)} a baseline step, ${giga(counted.extra)} more)`,
    ...(more === undefined ? [] : [`PyTorch's update by double backprop / ours: ${more.toFixed(2)}`]),
  ];
}

const giga = (operations: number): string => `${(operations / 1e9).toPrecision(4)} GFLOP`;

function tableLines(
  method: string,
  { baseline, method: own, ratio, updateShare, targetShare }: OverheadTable,
): string[] {
  const percent = ({ mean, ci95 }: Interval): string =>
    `${describeInterval({ mean: 100 * mean, ci95: ci95 && [100 * ci95[0], 100 * ci95[1]] }, 1)} %`;
  return [
    rowLine("baseline", baseline),
    rowLine(method, own),
    `ratio time ${describeInterval(ratio.seconds)}, processor time ${describeInterval(ratio.cpuSeconds)}, ` +
      `memory ${describeInterval(ratio.peakBytes)}`,
    ...(updateShare && targetShare
      ? [`of the time: value updates ${percent(updateShare)}, targets at every step ${percent(targetShare)}`]
      : []),
  ];
}

const rowLine = (name: string, row: OverheadRow): string =>
  `${name.padEnd(10)} ${row.tokensPerSecond.toFixed(1)} tok/s, ${row.secondsPerStep.toFixed(3)} s/step, ` +
  `${row.cpuSecondsPerStep.toFixed(3)} processor s/step, peak ${gigabytes(row.peakBytes)}` +
  (row.isPeakOfWindow ? "" : " (since the start: this system cannot reset it)");
