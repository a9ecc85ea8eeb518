import { createReadStream } from "node:fs";
import { VptError } from "@vpt/core";
import { extract } from "tar-stream";

/** The files of one sample of a tar, by extension: `{ jpg, cls, json }`. */
export interface TarSample {
  /** The path up to its first dot after the last slash. */
  readonly key: string;
  readonly files: Readonly<Record<string, Uint8Array>>;
}

/** Limits of {@link readTarSamples}. */
export interface TarOptions {
  /** Largest file; a header may claim anything. Default 256 MiB. */
  readonly maximumBytes?: number;
}

/**
 * Samples of a WebDataset tar: neighbouring files of one key belong together. Nothing is written to disk.
 *
 * @throws {VptError} For absolute paths, `..`, links, devices, files that are too large, a key that comes back later, or a torn
 *   archive.
 * @example
 * ```ts
 * for await (const { key, files } of readTarSamples("shard-000000.tar")) console.log(key, Object.keys(files));
 * ```
 * @see the WebDataset format: files of one basename stand together in the archive.
 * @category images
 */
export async function* readTarSamples(
  path: string,
  { maximumBytes = 2 ** 28 }: TarOptions = {},
): AsyncGenerator<TarSample> {
  const archive = extract();
  const source = createReadStream(path);
  source.on("error", (error) => archive.destroy(error)).pipe(archive);
  const seen = new Set<string>();
  let key: string | undefined;
  let files: Record<string, Uint8Array> = {};
  try {
    for await (const entry of archive) {
      const { name, type, size = 0 } = entry.header;
      const reason = type === "directory" ? undefined : refusal(name, type ?? "file", size, maximumBytes);
      if (reason) throw new VptError(`${path}: ${JSON.stringify(name)}: ${reason}`);
      if (type === "directory") {
        entry.resume();
        continue;
      }
      const chunks: Uint8Array[] = [];
      for await (const chunk of entry) chunks.push(chunk as Uint8Array);
      const [, stem = "", extension = ""] = /^((?:.*\/)?[^/.]*)\.?(.*)$/.exec(name) ?? [];
      if (stem !== key) {
        if (key !== undefined) yield { key, files };
        if (seen.has(stem))
          throw new VptError(`${path}: ${JSON.stringify(stem)} comes twice; files of a sample must stand together`);
        seen.add(stem);
        [key, files] = [stem, {}];
      }
      files[extension.toLowerCase()] = Buffer.concat(chunks);
    }
  } catch (error) {
    if (error instanceof VptError) throw error;
    throw new VptError(`${path}: cannot be read as a tar: ${(error as Error).message}`);
  } finally {
    source.destroy();
  }
  if (key !== undefined) yield { key, files };
}

/** Why an entry is not taken. */
function refusal(name: string, type: string, size: number, maximumBytes: number): string | undefined {
  if (type !== "file" && type !== "contiguous-file") return `a ${type}; only plain files are read`;
  if (name.startsWith("/") || /^[a-z]:/i.test(name) || name.includes("\\")) return "not a relative path";
  if (name.split("/").includes("..")) return "leads out of the archive";
  if (["__proto__", "constructor", "prototype"].some((word) => name.endsWith(`.${word}`)))
    return "no extension of a sample";
  return size > maximumBytes ? `${size} bytes, more than ${maximumBytes}` : undefined;
}
