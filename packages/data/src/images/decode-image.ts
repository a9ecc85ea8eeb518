import { VptError } from "@vpt/contracts";
import { loadPeer } from "../load-peer.js";
import type { RgbImage } from "./rgb-image.js";

/** How large an image may be before it is refused. */
export interface DecodeOptions {
  /** Most pixels; a bomb of a few kilobytes can claim billions. Default 64 million. */
  readonly maximumPixels?: number;
}

/**
 * JPEG, PNG, WebP and the like as 8-bit RGB: CMYK is converted, 16 bits are reduced, transparency is laid on black,
 * EXIF rotation is not applied. Runs off the main thread. Needs the package `sharp`.
 *
 * @throws {VptError} When the bytes are no image, are cut off, or claim too many pixels; or when `sharp` is not
 *   installed.
 * @example
 * ```ts
 * const image = await decodeImage(await readFile("photo.jpg"));
 * ```
 * @category images
 */
export async function decodeImage(bytes: Uint8Array, { maximumPixels = 64e6 }: DecodeOptions = {}): Promise<RgbImage> {
  const sharp = await loadSharp();
  try {
    const { data, info } = await sharp(bytes, { limitInputPixels: maximumPixels, failOn: "error" })
      .flatten()
      .toColourspace("srgb")
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    const { width, height, channels } = info;
    if (channels === 3) return { data: new Uint8Array(data.buffer, data.byteOffset, data.length), width, height };
    const out = new Uint8Array(width * height * 3);
    for (let i = 0; i < width * height; i++)
      for (let c = 0; c < 3; c++) out[i * 3 + c] = data[i * channels + (channels < 3 ? 0 : c)]!;
    return { data: out, width, height };
  } catch (error) {
    throw new VptError(`image: cannot be read: ${(error as Error).message.split("\n")[0]}`);
  }
}

/** The decoder, or one line that says how to get it. */
export const loadSharp = () => loadPeer("decodeImage", "sharp", async () => (await import("sharp")).default);
