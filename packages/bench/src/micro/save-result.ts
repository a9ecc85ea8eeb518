import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { writeDurably } from "@vpt/core/run";

/** One file of `docs/benchmarks`: what was measured on one machine on one day. */
interface BenchmarkFile {
  readonly date: string;
  readonly machine: { readonly processor: string; readonly cores: number; readonly memoryGiB: number };
  readonly software: Readonly<Record<string, string>>;
  /** By command, as it can be typed again. */
  readonly results: Readonly<Record<string, unknown>>;
}

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/\(.*?\)|\bprocessor\b|\bcpu\b|@.*$/g, " ")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");

/**
 * Adds a result to `<folder>/<date>-<machine>.json`, in place of an earlier one of the same command. The machine is
 * told by its processor and cores, not by its name.
 *
 * @returns The file's path.
 */
export async function saveResult(folder: string, command: string, result: object, date = new Date()): Promise<string> {
  const day = date.toISOString().slice(0, 10);
  const processor = cpus()[0]!.model.trim();
  const cores = cpus().length;
  const path = join(folder, `${day}-${slug(processor)}-${cores}-cores.json`);
  mkdirSync(folder, { recursive: true });
  const before = existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as BenchmarkFile).results : {};
  const file: BenchmarkFile = {
    date: day,
    machine: { processor, cores, memoryGiB: Math.round(totalmem() / 2 ** 30) },
    software: { node: process.versions.node, tfjs: tf.version_core },
    results: { ...before, [command]: result },
  };
  await writeDurably(path, `${JSON.stringify(file, null, 2)}\n`);
  return path;
}
