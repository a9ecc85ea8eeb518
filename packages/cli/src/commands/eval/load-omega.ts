import type { OmegaItem } from "@vpt/eval/omega";
import { omegaItem } from "@vpt/eval/rows";
import { dataFiles, rowsOf, someOf, syntheticOmega } from "@vpt/data";

/** One file, or a folder with one folder a configuration, each with its shards of the split; `limit` is a configuration's. */
export async function loadOmega(data: string, split: string, limit = Infinity): Promise<OmegaItem[]> {
  if (data === "synthetic") return syntheticOmega({ count: Math.min(limit, 1000), split }).map(omegaItem);
  const byConfiguration = new Map<string, OmegaItem[]>();
  for (const file of await dataFiles(data, split)) {
    const items = byConfiguration.get(file.configuration ?? "") ?? [];
    byConfiguration.set(file.configuration ?? "", items);
    for await (const row of rowsOf(file, omegaItem)) {
      if (items.length >= limit) break;
      const { configuration } = file;
      if (configuration === undefined) items.push(row);
      else items.push({ ...row, id: `${configuration}/${row.id ?? items.length}`, setting_key: configuration });
    }
  }
  return someOf([...byConfiguration.values()].flat(), data);
}
