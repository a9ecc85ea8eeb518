import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, parse } from "node:path";
import { VptError } from "@vpt/contracts";
import { decodeImage, loadSharp, type DecodeOptions } from "./decode-image.js";
import { decodeMapPng } from "./png.js";
import { budgetSpent, type SkippedSample } from "./bad-sample-tracker.js";
import type { PixelMap, RgbImage } from "./rgb-image.js";

/** An image and its label map, by name. */
export interface ImagePair {
  readonly name: string;
  readonly image: RgbImage;
  readonly labels: PixelMap<Uint8Array | Uint16Array>;
}

/** Choices of {@link readImagePairs}. */
export interface ImagePairsOptions extends DecodeOptions {
  /** Pairs to take. */
  readonly limit?: number;
  /** Give up when more than this share is bad. Default 0.05. */
  readonly maxCorruptFraction?: number;
  /** Why a label map cannot be used, such as a value that is no class; undefined when it can. */
  readonly checkLabels?: (labels: PixelMap<Uint8Array | Uint16Array>) => string | undefined;
  /** Told of every bad pair. */
  readonly onBad?: (bad: SkippedSample) => void;
}

/** Where an image and its map lie. */
export interface ImagePairReference {
  readonly name: string;
  readonly image: string;
  readonly map: string;
}

/**
 * The images of a folder that have a PNG of their name in another (CamVid, ADE20K's `ADEChallengeData2016`, depth as
 * 16-bit PNG), in the order of names. Nothing is read.
 *
 * @throws {VptError} When a folder is missing or nothing fits.
 * @example
 * ```ts
 * const references = listImagePairs("camvid/images/val", "camvid/annotations/val");
 * const { image, labels } = await readImagePair(references[0]!);
 * ```
 * @category images
 */
export function listImagePairs(images: string, labels: string): ImagePairReference[] {
  for (const folder of [images, labels])
    if (!existsSync(folder))
      throw new VptError(`${folder}: no such folder; expected images and labels of the same names`);
  const files = readdirSync(images, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort();
  const pairs = files.map((file) => ({
    name: parse(file).name,
    image: join(images, file),
    map: labelPath(labels, file),
  }));
  const found = pairs.filter(({ map }) => existsSync(map));
  if (found.length === 0) throw new VptError(`${images}: no image has a label map of its name in ${labels}`);
  return found;
}

/**
 * Images and 8-bit label PNGs of the same names in two folders, all in memory. A pair that cannot be read, or whose
 * sizes differ, is left out and counted.
 *
 * @returns The good pairs and the bad ones.
 * @throws {VptError} When a folder is missing, nothing fits, or too many are bad.
 * @example
 * ```ts
 * const { pairs, quarantined } = await readImagePairs("camvid/images/val", "camvid/annotations/val");
 * ```
 * @category images
 */
export async function readImagePairs(
  images: string,
  labels: string,
  { limit = Infinity, maxCorruptFraction = 0.05, checkLabels, onBad, ...decoding }: ImagePairsOptions = {},
): Promise<{ readonly pairs: readonly ImagePair[]; readonly quarantined: readonly SkippedSample[] }> {
  const chosen = listImagePairs(images, labels).slice(0, limit);
  await loadSharp(); // without it every image would look bad
  const pairs: ImagePair[] = [];
  const quarantined: SkippedSample[] = [];
  for (let start = 0; start < chosen.length; start += 8) {
    const read = chosen.slice(start, start + 8).map(async (reference) => {
      try {
        const pair = await readImagePair(reference, decoding);
        const reason = checkLabels?.(pair.labels);
        return reason === undefined ? pair : { name: reference.name, reason };
      } catch (error) {
        return { name: reference.name, reason: (error as Error).message };
      }
    });
    for (const result of await Promise.all(read)) {
      if ("image" in result) pairs.push(result);
      else {
        quarantined.push(result);
        onBad?.(result);
      }
    }
  }
  if (quarantined.length > maxCorruptFraction * chosen.length)
    throw new VptError(budgetSpent(`${images}: pairs`, quarantined, chosen.length, maxCorruptFraction));
  return { pairs, quarantined };
}

const labelPath = (labels: string, image: string): string => join(labels, `${parse(image).name}.png`);

/**
 * Reads one pair.
 *
 * @throws {VptError} When the image or its map cannot be read, or their sizes differ.
 * @example
 * ```ts
 * const { image, labels } = await readImagePair({ name: "0001", image: "images/0001.jpg", map: "labels/0001.png" });
 * ```
 * @category images
 */
export async function readImagePair(
  { name, image, map }: ImagePairReference,
  decoding: DecodeOptions = {},
): Promise<ImagePair> {
  const [picture, labels] = [await decodeImage(await readFile(image), decoding), decodeMapPng(await readFile(map))];
  if (picture.width !== labels.width || picture.height !== labels.height)
    throw new VptError(
      `the image is ${picture.width} × ${picture.height}, its labels ${labels.width} × ${labels.height}`,
    );
  return { name, image: picture, labels };
}
