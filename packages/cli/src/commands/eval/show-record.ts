import { statSync, writeFileSync } from "node:fs";
import type { Estimate } from "@vpt/eval/statistics";
import type { EvaluationRecord } from "@vpt/eval";

type Extra = Readonly<Record<string, unknown>>;

interface ShowOptions {
  readonly json?: boolean | undefined;
  readonly out?: string | undefined;
  /** Of a folder. */
  readonly split?: string;
}

/** Prints the scores; with `--out FILE.jsonl` the whole record goes to `FILE.record.json`. */
export function showRecord(record: EvaluationRecord, args: ShowOptions, extra: Extra = {}): void {
  const { perItem: _, ...summary } = record;
  writeRecord(record, args, extra);
  console.log(args.json ? JSON.stringify({ ...summary, ...extra }) : describe(summary, extra));
}

/** The whole record beside the file of `--out`, where there is one. */
export function writeRecord(record: EvaluationRecord, { out, split }: ShowOptions, extra: Extra = {}): void {
  if (out === undefined) return;
  const { perItem, ...summary } = record;
  const { decoding = null, seed = null } = record.settings;
  const asked = { split: splitOf(extra["data"], split), decoding, seed };
  const whole = { ...summary, ...asked, ...extra, software: { node: process.version }, perItem };
  writeFileSync(`${out.replace(/\.jsonl$/, "")}.record.json`, `${JSON.stringify(whole, null, 2)}\n`);
}

/** The split of a folder, or the one that a data file's name says; null when it says none. */
const splitOf = (data: unknown, split: string | undefined): string | null => {
  const name = String(data);
  if (split !== undefined && statSync(name, { throwIfNoEntry: false })?.isFile() !== true) return split;
  return /(?:^|[/_.-])(train|test_in|test_out|test|validation|dev)[_.-][^/]*$/.exec(name)?.[1] ?? null;
};

function describe(record: Omit<EvaluationRecord, "perItem">, extra: Extra): string {
  const { task, protocol, n, headline, metrics, groups } = record;
  const { macro, ...others } = extra as Extra & { readonly macro?: Estimate };
  const percent = (share: number): string => (100 * share).toFixed(1);
  const line = (name: string, { value, ci95 }: { value: number; ci95: readonly [number, number] }, note = ""): string =>
    `  ${name.padEnd(32)} ${percent(value).padStart(5)} %  [${percent(ci95[0])}, ${percent(ci95[1])}]${note}`;
  return [
    `${task} (${protocol}), ${n} items; 95 % intervals`,
    ...(macro ? [line("macro over configurations", macro, "  ← headline")] : []),
    ...Object.entries(metrics).map(([name, value]) =>
      line(name, value, !macro && name === headline ? "  ← headline" : ""),
    ),
    ...Object.entries(groups).map(([name, value]) => line(`· ${name} (${value.n})`, value)),
    ...Object.entries(others).map(([name, value]) => `  ${name}: ${JSON.stringify(value)}`),
  ].join("\n");
}
