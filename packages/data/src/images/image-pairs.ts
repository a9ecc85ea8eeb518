import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, parse } from "node:path";
import { VptError } from "@vpt/core/plain";
import { decodeImage, loadSharp, type DecodeOptions } from "./decode-image.js";
import { decodeMapPng } from "./png.js";
import { budgetSpent, type Quarantined } from "./quarantine.js";
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
  readonly maximumBadShare?: number;
  /** Why a label map cannot be used, such as a value that is no class; undefined when it can. */
  readonly checkLabels?: (labels: PixelMap<Uint8Array | Uint16Array>) => string | undefined;
  /** Told of every bad pair. */
  readonly onBad?: (bad: Quarantined) => void;
}

/**
 * Images and 8-bit label PNGs of the same names in two folders (CamVid, ADE20K's `ADEChallengeData2016`), in the order of names.
 * A pair that cannot be read, or whose sizes differ, is left out and counted.
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
  { limit = Infinity, maximumBadShare = 0.05, checkLabels, onBad, ...decoding }: ImagePairsOptions = {},
): Promise<{ readonly pairs: readonly ImagePair[]; readonly quarantined: readonly Quarantined[] }> {
  for (const folder of [images, labels])
    if (!existsSync(folder))
      throw new VptError(`${folder}: no such folder; expected images and labels of the same names`);
  const files = readdirSync(images, { withFileTypes: true }).filter((entry) => entry.isFile()).map(({ name }) => name).sort(); // prettier-ignore
  const chosen = files.filter((name) => existsSync(labelPath(labels, name))).slice(0, limit);
  if (chosen.length === 0) throw new VptError(`${images}: no image has a label map of its name in ${labels}`);
  await loadSharp(); // without it every image would look bad
  const pairs: ImagePair[] = [];
  const quarantined: Quarantined[] = [];
  for (let start = 0; start < chosen.length; start += 8) {
    const read = chosen
      .slice(start, start + 8)
      .map((file) => readPair(join(images, file), labelPath(labels, file), { ...decoding, checkLabels }));
    for (const result of await Promise.all(read)) {
      if ("image" in result) pairs.push(result);
      else {
        quarantined.push(result);
        onBad?.(result);
      }
    }
  }
  if (quarantined.length > maximumBadShare * chosen.length)
    throw new VptError(budgetSpent(`${images}: pairs`, quarantined, chosen.length, maximumBadShare));
  return { pairs, quarantined };
}

const labelPath = (labels: string, image: string): string => join(labels, `${parse(image).name}.png`);

async function readPair(
  image: string,
  labels: string,
  { checkLabels, ...decoding }: DecodeOptions & { readonly checkLabels?: ImagePairsOptions["checkLabels"] | undefined },
): Promise<ImagePair | Quarantined> {
  const { name } = parse(image);
  try {
    const [picture, map] = [await decodeImage(await readFile(image), decoding), decodeMapPng(await readFile(labels))];
    if (picture.width !== map.width || picture.height !== map.height)
      return { name, reason: `the image is ${picture.width} × ${picture.height}, its labels ${map.width} × ${map.height}` }; // prettier-ignore
    const reason = checkLabels?.(map);
    return reason === undefined ? { name, image: picture, labels: map } : { name, reason };
  } catch (error) {
    return { name, reason: (error as Error).message };
  }
}
