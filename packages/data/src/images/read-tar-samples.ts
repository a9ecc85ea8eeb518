import { createReadStream } from "node:fs";
import { VptError } from "@vpt/contracts";
import type { Extract } from "tar-stream";
import { hasImageExtension } from "./has-image-extension.js";
import { loadPeer } from "../load-peer.js";
import type { ImageReference } from "./image-reference.js";

/** The files of one sample of a tar, by extension: `{ jpg, cls, json }`. */
export interface TarSample {
  /** The path up to its first dot after the last slash. */
  readonly key: string;
  readonly files: Readonly<Record<string, Uint8Array>>;
}

/** Limits of {@link readTarSamples} and {@link indexTar}. */
export interface TarOptions {
  /** Largest file; a header may claim anything. Default 256 MiB. */
  readonly maximumBytes?: number;
}

/**
 * Samples of a WebDataset tar: neighbouring files of one key belong together. Nothing is written to disk.
 *
 * @throws {VptError} For absolute paths, `..`, links, devices, files that are too large, a key that comes back later,
 *   or a torn archive.
 * @example
 * ```ts
 * for await (const { key, files } of readTarSamples("shard-000000.tar")) console.log(key, Object.keys(files));
 * ```
 * @see the WebDataset format: files of one basename stand together in the archive.
 * @category images
 */
export async function* readTarSamples(path: string, options: TarOptions = {}): AsyncGenerator<TarSample> {
  const seen = new Set<string>();
  let key: string | undefined;
  let files: Record<string, Uint8Array> = {};
  for await (const entry of tarFiles(path, options)) {
    const bytes = await bytesOf(entry, path);
    const [, stem = "", extension = ""] = /^((?:.*\/)?[^/.]*)\.?(.*)$/.exec(entry.header.name) ?? [];
    if (stem !== key) {
      if (key !== undefined) yield { key, files };
      if (seen.has(stem))
        throw new VptError(`${path}: ${JSON.stringify(stem)} comes twice; files of a sample must stand together`);
      seen.add(stem);
      [key, files] = [stem, {}];
    }
    files[extension.toLowerCase()] = bytes;
  }
  if (key !== undefined) yield { key, files };
}

/**
 * Where the images of a tar lie, in its order; the archive is read through once and none of its files is kept.
 *
 * @throws {VptError} As {@link readTarSamples}, and when there is no image.
 * @example
 * ```ts
 * const image = await decodeImage(await readReference((await indexTar("shard-000000.tar"))[0]!));
 * ```
 * @category images
 */
export async function indexTar(path: string, options: TarOptions = {}): Promise<ImageReference[]> {
  const found: ImageReference[] = [];
  for await (const entry of tarFiles(path, options)) {
    entry.resume();
    const { name, size } = entry.header;
    if (hasImageExtension(name)) found.push({ name, path, offset: entry.offset + 512, size }); // after its header
  }
  if (found.length === 0) throw new VptError(`${path}: no image in this tar`);
  return found;
}

/**
 * The images of a tar with the class that `<key>.cls` beside them holds, in its order.
 *
 * @throws {VptError} As {@link indexTar}, and when an image has no class or a `.cls` is no whole number from 0.
 * @category images
 */
export async function indexLabelledTar(
  path: string,
  options: TarOptions = {},
): Promise<(ImageReference & { readonly label: number })[]> {
  const images: ImageReference[] = [];
  const labels = new Map<string, number>();
  const keyOf = (name: string): string => /^((?:.*\/)?[^/.]*)/.exec(name)![1]!;
  for await (const entry of tarFiles(path, options)) {
    const { name, size } = entry.header;
    if (!name.endsWith(".cls")) {
      entry.resume();
      if (hasImageExtension(name)) images.push({ name, path, offset: entry.offset + 512, size });
      continue;
    }
    const text = new TextDecoder().decode(await bytesOf(entry, path)).trim();
    if (!/^[0-9]{1,9}$/.test(text))
      throw new VptError(
        `${path}: ${JSON.stringify(name)}: ${JSON.stringify(text.slice(0, 40))} is no class; expected a ` +
          "whole number from 0",
      );
    labels.set(keyOf(name), Number(text));
  }
  if (images.length === 0) throw new VptError(`${path}: no image in this tar`);
  return images.map((image) => {
    const label = labels.get(keyOf(image.name));
    if (label === undefined) throw new VptError(`${path}: ${JSON.stringify(image.name)}: no .cls file of its name`);
    return { ...image, label };
  });
}

type Entry = Extract extends AsyncIterable<infer Each> ? Each : never;

/** Plain files of an archive, each to be read or resumed before the next; anything else in it is refused. */
async function* tarFiles(path: string, { maximumBytes = 2 ** 28 }: TarOptions): AsyncGenerator<Entry> {
  const { extract } = await loadPeer("reading tar archives", "tar-stream", () => import("tar-stream"));
  const archive = extract();
  const source = createReadStream(path);
  source.on("error", (error) => archive.destroy(error)).pipe(archive);
  try {
    for await (const entry of archive) {
      const { name, type, size } = entry.header;
      const reason = type === "directory" ? undefined : refusal(name, type, size, maximumBytes);
      if (reason) throw new VptError(`${path}: ${JSON.stringify(name)}: ${reason}`);
      if (type === "directory") entry.resume();
      else yield entry;
    }
  } catch (error) {
    throw asTarError(error, path);
  } finally {
    source.destroy();
  }
}

async function bytesOf(entry: Entry, path: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of entry) chunks.push(chunk as Uint8Array);
  } catch (error) {
    throw asTarError(error, path); // an archive that ends within a file
  }
  return Buffer.concat(chunks);
}

const asTarError = (error: unknown, path: string): VptError =>
  error instanceof VptError ? error : new VptError(`${path}: cannot be read as a tar: ${(error as Error).message}`);

/** Why an entry is not taken. */
function refusal(name: string, type: string, size: number, maximumBytes: number): string | undefined {
  if (type !== "file" && type !== "contiguous-file") return `a ${type}; only plain files are read`;
  if (name.startsWith("/") || /^[a-z]:/i.test(name) || name.includes("\\")) return "not a relative path";
  if (name.split("/").includes("..")) return "leads out of the archive";
  if (["__proto__", "constructor", "prototype"].some((word) => name.endsWith(`.${word}`)))
    return "no extension of a sample";
  return size > maximumBytes ? `${size} bytes, more than ${maximumBytes}` : undefined;
}
