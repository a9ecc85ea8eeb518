import { existsSync } from "node:fs";
import { VptError } from "@vpt/core";
import { readJsonl, type Stream } from "@vpt/data";
import { readParquet } from "@vpt/data/parquet";

type Row = Readonly<Record<string, unknown>>;

/** Rows of a jsonl or parquet file, each read by `parse`, which throws an `Error` that says what is wrong with one. */
export async function loadItems<Item>(file: string, parse: (row: Row) => Item, limit = Infinity): Promise<Item[]> {
  if (!existsSync(file)) throw new VptError(`${file}: no such file; paths are relative to the folder you run vpt in`);
  const rows: Stream<Item> = file.endsWith(".parquet") ? readParquet(file, { parse }) : readJsonl(file, { parse });
  const items: Item[] = [];
  for await (const item of rows) {
    items.push(item);
    if (items.length >= limit) break;
  }
  if (items.length === 0) throw new VptError(`${file}: no rows; expected at least one`);
  return items;
}

/** The first of `names` that the row has, as text. */
export function textOf(row: Row, ...names: readonly string[]): string {
  const name = names.find((key) => Object.hasOwn(row, key));
  const value = name === undefined ? undefined : row[name];
  if (typeof value === "string") return value;
  throw new Error(
    `field "${name ?? names[0]}" is ${value === undefined ? "missing" : `a ${typeof value}`}, expected text`,
  );
}
