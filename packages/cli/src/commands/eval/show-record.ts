import { writeFileSync } from "node:fs";
import type { EvaluationRecord } from "@vpt/eval";

type Extra = Readonly<Record<string, unknown>>;

/** Prints the scores; with `--out FILE.jsonl` the whole record goes to `FILE.record.json`. */
export function showRecord(
  record: EvaluationRecord,
  { json, out }: { readonly json?: boolean | undefined; readonly out?: string | undefined },
  extra: Extra = {},
): void {
  const { perItem, ...summary } = record;
  if (out !== undefined) {
    const { decoding = null, seed = null } = record.settings;
    const asked = { split: splitOf(extra["data"]), decoding, seed };
    const whole = { ...summary, ...asked, ...extra, software: { node: process.version }, perItem };
    writeFileSync(`${out.replace(/\.jsonl$/, "")}.record.json`, `${JSON.stringify(whole, null, 2)}\n`);
  }
  console.log(json ? JSON.stringify({ ...summary, ...extra }) : describe(summary, extra));
}

/** The split that a data file's name says; null when it says none. */
const splitOf = (data: unknown): string | null =>
  /(?:^|[/_.-])(train|test_in|test_out|test|validation|dev)[_.-][^/]*$/.exec(String(data))?.[1] ?? null;

function describe(record: Omit<EvaluationRecord, "perItem">, extra: Extra): string {
  const { task, protocol, n, headline, metrics, groups } = record;
  const percent = (share: number): string => (100 * share).toFixed(1);
  const line = (name: string, { value, ci95 }: { value: number; ci95: readonly [number, number] }, note = ""): string =>
    `  ${name.padEnd(32)} ${percent(value).padStart(5)} %  [${percent(ci95[0])}, ${percent(ci95[1])}]${note}`;
  return [
    `${task} (${protocol}), ${n} items; 95 % intervals`,
    ...Object.entries(metrics).map(([name, value]) => line(name, value, name === headline ? "  ← headline" : "")),
    ...Object.entries(groups).map(([name, value]) => line(`· ${name} (${value.n})`, value)),
    ...Object.entries(extra).map(([name, value]) => `  ${name}: ${JSON.stringify(value)}`),
  ].join("\n");
}
