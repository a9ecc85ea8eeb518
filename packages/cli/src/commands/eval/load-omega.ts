import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { VptError } from "@vpt/core";
import type { OmegaItem } from "@vpt/eval/omega";
import { omegaItem } from "./items.js";
import { loadItems } from "./load-items.js";

/** One file, or a folder with one folder a configuration, each with `{split}….parquet` or `.jsonl`; `limit` is a configuration's. */
export async function loadOmega(data: string, split: string, limit?: number): Promise<OmegaItem[]> {
  if (!existsSync(data) || !statSync(data).isDirectory()) return loadItems(data, omegaItem, limit);
  const items: OmegaItem[] = [];
  for (const configuration of readdirSync(data).sort()) {
    const folder = join(data, configuration);
    if (!statSync(folder).isDirectory()) continue;
    const files = readdirSync(folder).filter((name) => name.startsWith(split) && /\.(parquet|jsonl)$/.test(name));
    const rows: OmegaItem[] = [];
    for (const name of files.sort()) rows.push(...(await loadItems(join(folder, name), omegaItem, limit)));
    items.push(
      ...rows.slice(0, limit).map((row, i) => ({
        ...row,
        id: `${configuration}/${row.id ?? i}`,
        setting_key: configuration,
      })),
    );
  }
  if (items.length > 0) return items;
  throw new VptError(`${data}: no configuration with a ${split} file; expected CONFIGURATION/${split}*.parquet or .jsonl`); // prettier-ignore
}
