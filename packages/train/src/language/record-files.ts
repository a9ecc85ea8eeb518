import { existsSync } from "node:fs";
import { VptError } from "@vpt/core";
import { resolveDataset } from "@vpt/hub";
import type { CorpusPart } from "./config.js";

/** The path or paths that a source names; a data set's files are fetched if need be. */
export async function recordFiles(
  { file, dataset, config, split, revision, files }: Omit<CorpusPart, "weight" | "onBadSample">,
  log?: (line: string) => void,
): Promise<string | readonly string[]> {
  if (dataset !== undefined) return resolveDataset(dataset, { config, split, revision, files, log });
  if (!existsSync(file!))
    throw new VptError(`${file}: no such file; paths of a configuration are relative to its file`);
  return file!;
}
