import type { Random } from "@vpt/contracts";
import { imageDeviation, imageMean } from "../crops/image-colours.js";
import { eachPixel, gray, turnHue } from "../crops/photometric.js";
import { resizeImage } from "../resize-image.js";
import { resizeMap, type PixelMap, type RgbImage } from "../rgb-image.js";
import type { DenseCrop } from "./dense-crop.js";

/**
 * A training crop of ADE20K's linear protocol: short side to `⌊size·r⌋`, r uniform in [0.5, 2]; a square of `size`,
 * drawn again up to ten times while one class covers three quarters of the labelled pixels; flipped half the time;
 * brightness ±32, contrast, saturation and hue, each half the time; padded with the mean colour and `ignore`.
 *
 * @param sample Labels as the loss takes them, `ignore` where none counts.
 * @param random Every draw; the same state gives the same crop.
 * @example
 * ```ts
 * const { pixels, map } = segmentationCrop({ image, labels }, randomFromSeed(0, "crop"), { size: 512, ignore: 255 });
 * ```
 * @see dinov3 `eval/segmentation/transforms.py`
 * @category crops
 */
export function segmentationCrop(
  { image, labels }: { readonly image: RgbImage; readonly labels: PixelMap<Uint8Array | Uint16Array> },
  random: Random,
  { size, ignore }: { readonly size: number; readonly ignore: number },
): DenseCrop {
  const short = Math.max(1, Math.floor(size * (0.5 + 1.5 * random.uniform())));
  const scale = short / Math.min(image.width, image.height);
  const side = (length: number): number => Math.max(1, Math.floor(length * scale + 0.5));
  const target = { width: side(image.width), height: side(image.height) };
  const picture = resizeImage(image, { ...target, kind: "bilinear" });
  const map = resizeMap(labels as PixelMap<Uint8Array>, target);
  const place = (length: number): number => random.integer(Math.max(0, length - size) + 1);
  let [top, left] = [place(target.height), place(target.width)];
  for (let tries = 0; tries < 10 && isDull(map, { top, left, size, ignore }); tries++)
    [top, left] = [place(target.height), place(target.width)];
  const flip = random.uniform() < 0.5;
  const colours = new Float32Array(size * size * 3);
  const out = new Float32Array(size * size).fill(ignore);
  const [width, height] = [Math.min(size, target.width), Math.min(size, target.height)];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const from = (top + y) * target.width + left + (flip ? width - 1 - x : x);
      out[y * size + x] = map.data[from]!;
      for (let c = 0; c < 3; c++) colours[(y * size + x) * 3 + c] = picture.data[from * 3 + c]! / 255;
    }
  distort(colours, random);
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++)
      for (let c = 0; c < 3; c++) {
        const at = (y * size + x) * 3 + c;
        const isPicture = x < width && y < height;
        colours[at] = isPicture ? (colours[at]! - imageMean[c]!) / imageDeviation[c]! : 0;
      }
  return { pixels: colours, map: out, width: size, height: size };
}

/** One class on three quarters of the labelled pixels, or fewer than two classes. */
function isDull(
  { data, width, height }: PixelMap<Uint8Array>,
  {
    top,
    left,
    size,
    ignore,
  }: { readonly top: number; readonly left: number; readonly size: number; readonly ignore: number },
): boolean {
  const counts = new Map<number, number>();
  let labelled = 0;
  for (let y = top; y < Math.min(height, top + size); y++)
    for (let x = left; x < Math.min(width, left + size); x++) {
      const label = data[y * width + x]!;
      if (label === ignore) continue;
      labelled++;
      counts.set(label, (counts.get(label) ?? 0) + 1);
    }
  return counts.size < 2 || Math.max(...counts.values()) >= 0.75 * labelled;
}

/** Brightness, contrast (before or after the rest), saturation and hue, each half the time. */
function distort(pixels: Float32Array, random: Random): void {
  const now = (): boolean => random.uniform() < 0.5;
  const between = (low: number, high: number): number => low + (high - low) * random.uniform();
  const contrast = (): void => {
    if (!now()) return;
    const factor = between(0.5, 1.5);
    eachPixel(pixels, (r, g, b) => [r * factor, g * factor, b * factor]);
  };
  if (now()) {
    const more = between(-32, 32) / 255;
    eachPixel(pixels, (r, g, b) => [r + more, g + more, b + more]);
  }
  const isFirst = now();
  if (isFirst) contrast();
  if (now()) {
    const factor = between(0.5, 1.5);
    eachPixel(pixels, (r, g, b) => {
      const grey = gray(r, g, b);
      return [grey + factor * (r - grey), grey + factor * (g - grey), grey + factor * (b - grey)];
    });
  }
  if (now()) {
    const turn = between(-0.5, 0.5);
    eachPixel(pixels, (r, g, b) => turnHue(r, g, b, turn));
  }
  if (!isFirst) contrast();
}
