import { existsSync } from "node:fs";

/** A data set of the Hugging Face hub, as a command line names it. */
export interface HubData {
  readonly id: string;
  readonly config: string | undefined;
}

/**
 * `OWNER/NAME` or `OWNER/NAME/CONFIGURATION` as a data set of the hub; undefined for what is meant as a path: one that
 * is there, one below a folder that is there, and one with a file's ending.
 */
export function hubData(data: string): HubData | undefined {
  const [, owner, name, config] = /^([\w-]+)\/([\w-][\w.-]*)(?:\/([\w-][\w.-]*))?$/.exec(data) ?? [];
  if (owner === undefined || existsSync(owner) || /\.(jsonl?|parquet|csv|gz)$/.test(data)) return undefined;
  return { id: `${owner}/${name}`, config };
}
