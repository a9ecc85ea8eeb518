import { existsSync, readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { VptError } from "@vpt/contracts";
import { hasImageExtension } from "./has-image-extension.js";
import type { ImageReference } from "./image-reference.js";
import { indexTar } from "./read-tar-samples.js";

/**
 * Every image under a folder, in the order of paths: files of any depth, and the members of `.tar` shards (WebDataset).
 * A single `.tar` is taken too. Nothing is decoded, links are not followed.
 *
 * @throws {VptError} When there is no such place, no image in it, or a tar is hostile or torn.
 * @example
 * ```ts
 * const references = await listImages("data/unlabelled");
 * ```
 * @category images
 */
export async function listImages(root: string): Promise<ImageReference[]> {
  if (!existsSync(root))
    throw new VptError(`${root}: no such folder; expected a folder of images or of .tar shards, or one .tar`);
  if (!statSync(root).isDirectory()) return indexTar(root);
  const paths = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const found: ImageReference[] = [];
  for (const path of paths) {
    if (path.endsWith(".tar")) for (const reference of await indexTar(path)) found.push(reference);
    else if (hasImageExtension(path)) found.push({ name: relative(root, path), path });
  }
  if (found.length === 0)
    throw new VptError(`${root}: no image in this folder or below it (JPEG, PNG, WebP, BMP, GIF, TIFF, .tar)`);
  return found;
}
