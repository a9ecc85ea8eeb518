import { VptError, type Random } from "@vpt/contracts";
import { resizeImage } from "../resize-image.js";
import { cropImage, type Box, type RgbImage } from "../rgb-image.js";
import { imageDeviation, imageMean } from "./image-colours.js";
import { changePixels, type Photometric } from "./photometric.js";
import { randomBox } from "./random-box.js";

/** How many crops of which sizes; the defaults are the paper's. */
export interface CropOptions {
  readonly globalSize?: number;
  readonly localSize?: number;
  readonly locals?: number;
  /** Area of a global crop as a share of the image, `[low, high]`; local crops take the share below `low`. */
  readonly globalScale?: readonly [number, number];
  readonly localScale?: readonly [number, number];
  /** Colour changes; `false` leaves colours as they are. */
  readonly photometric?: boolean;
}

/** Normalised crops, `[crop, row, column, colour]`, view after view: what becomes a batch's tensors. */
export interface CropPixels {
  readonly images: number;
  readonly globals: Float32Array;
  readonly globalSize: number;
  /** Absent without local crops. */
  readonly locals?: Float32Array;
  readonly localSize: number;
}

const jitter = [0.4, 0.4, 0.2, 0.1] as const;
const common = { jitter, jitterShare: 0.8, grayShare: 0.2 };
const changes = {
  first: { ...common, blurShare: 1, solarizeShare: 0 },
  second: { ...common, blurShare: 0.1, solarizeShare: 0.2 },
  local: { ...common, blurShare: 0.5, solarizeShare: 0 },
} satisfies Record<string, Photometric>;

/**
 * DINO's crops of some images as plain numbers: two global ones and `locals` local ones each, resized bicubically,
 * flipped half the time, their colours changed, normalised. Touches no tensor, so that it runs in any thread.
 *
 * @param random Every draw; the same state gives the same crops.
 * @throws {VptError} Without images.
 * @example
 * ```ts
 * const { globals } = drawCrops([image], randomFromSeed(0, "crops"), { globalSize: 32, locals: 0 });
 * console.log(globals.length); // 2 · 32 · 32 · 3 numbers
 * ```
 * @see facebookresearch/dino `main_dino.py`, `DataAugmentationDINO`.
 * @category crops
 */
export function drawCrops(
  images: readonly RgbImage[],
  random: Random,
  {
    globalSize = 224,
    localSize = 96,
    locals = 6,
    globalScale = [0.4, 1],
    localScale = [0.05, globalScale[0]],
    photometric = true,
  }: CropOptions = {},
): CropPixels {
  if (images.length === 0) throw new VptError("multiCrop: no images; give at least one");
  const view = (
    out: Float32Array,
    { at, size, scale, how }: { at: number; size: number; scale: readonly [number, number]; how: Photometric },
  ): void =>
    images.forEach((image, i) => {
      const pixels = out.subarray((at + i) * size * size * 3, (at + i + 1) * size * size * 3);
      resizedCrop(image, randomBox(image, scale, random), random.uniform() < 0.5, { pixels, size });
      if (photometric) changePixels(pixels, size, { photometric: how, blurScale: globalSize / 224, random });
      for (let j = 0; j < pixels.length; j++) pixels[j] = (pixels[j]! - imageMean[j % 3]!) / imageDeviation[j % 3]!;
    });
  const count = images.length;
  const globals = new Float32Array(2 * count * globalSize * globalSize * 3);
  view(globals, { at: 0, size: globalSize, scale: globalScale, how: changes.first });
  view(globals, { at: count, size: globalSize, scale: globalScale, how: changes.second });
  const small = new Float32Array(locals * count * localSize * localSize * 3);
  for (let v = 0; v < locals; v++)
    view(small, { at: v * count, size: localSize, scale: localScale, how: changes.local });
  return { images: count, globals, globalSize, localSize, ...(locals > 0 && { locals: small }) };
}

function resizedCrop(
  image: RgbImage,
  box: Box,
  flip: boolean,
  { pixels, size }: { readonly pixels: Float32Array; readonly size: number },
): void {
  const { data } = resizeImage(cropImage(image, box), { width: size, height: size, kind: "bicubic" });
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++)
      for (let c = 0; c < 3; c++)
        pixels[(y * size + x) * 3 + c] = data[(y * size + (flip ? size - 1 - x : x)) * 3 + c]! / 255;
}
