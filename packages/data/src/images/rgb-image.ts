/** An 8-bit image: rows from the top, three bytes a pixel. */
export interface RgbImage {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** A label map or a depth map: one number a pixel, rows from the top. */
export interface PixelMap<Values extends ArrayLike<number> = ArrayLike<number>> {
  readonly data: Values;
  readonly width: number;
  readonly height: number;
}

/** A rectangle of whole pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * The pixels inside `box`, copied.
 * @throws RangeError when the box leaves the image.
 * @example
 * ```ts
 * import { cropImage } from "@vpt/data/images";
 * const corner = cropImage(image, { left: 0, top: 0, width: 10, height: 10 });
 * ```
 * @category images
 */
export function cropImage({ data, width, height }: RgbImage, box: Box): RgbImage {
  if (box.left < 0 || box.top < 0 || box.left + box.width > width || box.top + box.height > height)
    throw new RangeError(
      `cropImage: box ${box.width} × ${box.height} at ${box.left}, ${box.top} leaves the image of ${width} × ${height}`,
    );
  const out = new Uint8Array(box.width * box.height * 3);
  for (let y = 0; y < box.height; y++) {
    const start = ((box.top + y) * width + box.left) * 3;
    out.set(data.subarray(start, start + box.width * 3), y * box.width * 3);
  }
  return { data: out, width: box.width, height: box.height };
}

/**
 * Nearest resizing of a map: source index `⌊(i + ½)·in/out⌋`. For labels and depths, which must not be mixed.
 * @example
 * ```ts
 * import { resizeMap } from "@vpt/data/images";
 * const small = resizeMap(labels, { width: 32, height: 32 });
 * ```
 * @category images
 */
export function resizeMap<Values extends Uint8Array | Uint16Array | Float32Array>(
  { data, width, height }: PixelMap<Values>,
  size: { readonly width: number; readonly height: number },
): PixelMap<Values> {
  const out = new (data.constructor as new (length: number) => Values)(size.width * size.height);
  for (let y = 0; y < size.height; y++) {
    const row = Math.floor(((y + 0.5) * height) / size.height) * width;
    for (let x = 0; x < size.width; x++)
      out[y * size.width + x] = data[row + Math.floor(((x + 0.5) * width) / size.width)]!;
  }
  return { data: out, width: size.width, height: size.height };
}
