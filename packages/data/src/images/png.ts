import { decode, encode } from "fast-png";
import { VptError } from "@vpt/contracts";
import type { PixelMap, RgbImage } from "./rgb-image.js";

/**
 * An image as a PNG file's bytes.
 * @example
 * ```ts
 * await writeFile("scene.png", encodePng(image));
 * ```
 * @category images
 */
export const encodePng = ({ data, width, height }: RgbImage): Uint8Array =>
  encode({ data, width, height, channels: 3, depth: 8 });

/**
 * A label map (8 bits) or a depth map in its own units (16 bits) as a PNG file's bytes: one channel.
 * @example
 * ```ts
 * await writeFile("labels.png", encodeMapPng(scene.labels));
 * ```
 * @category images
 */
export const encodeMapPng = ({ data, width, height }: PixelMap<Uint8Array | Uint16Array>): Uint8Array =>
  encode({ data, width, height, channels: 1, depth: data instanceof Uint16Array ? 16 : 8 });

/**
 * A one-channel PNG as it is: 8-bit label maps, or 16-bit depth in its own units (NYUv2's are millimetres). Palettes
 * are kept as indices.
 *
 * @throws {VptError} When the bytes are no PNG of one channel.
 * @example
 * ```ts
 * const { data } = decodeMapPng(await readFile("00001_depth.png"));
 * ```
 * @category images
 */
export function decodeMapPng(bytes: Uint8Array): PixelMap<Uint8Array | Uint16Array> {
  const { width, height, data, channels, depth } = read(bytes);
  if (channels !== 1)
    throw new VptError(
      `PNG map: expected one channel, received ${channels}; give the label or depth file, not a picture of it`,
    );
  if (depth >= 8) return { width, height, data: data as Uint8Array | Uint16Array };
  return { width, height, data: unpack(data as Uint8Array, width, height, depth) };
}

function read(bytes: Uint8Array): ReturnType<typeof decode> {
  try {
    return decode(bytes);
  } catch (error) {
    throw new VptError(`PNG: cannot be read: ${(error as Error).message}`);
  }
}

/** Pixels of 1, 2 or 4 bits, rows padded to bytes. */
function unpack(packed: Uint8Array, width: number, height: number, depth: number): Uint8Array {
  const stride = Math.ceil((width * depth) / 8);
  const out = new Uint8Array(width * height);
  const mask = (1 << depth) - 1;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const bit = x * depth;
      out[y * width + x] = (packed[y * stride + (bit >> 3)]! >> (8 - depth - (bit & 7))) & mask;
    }
  return out;
}
