import * as tf from "@tensorflow/tfjs";
import { VptError, type Random } from "@vpt/core";
import { cropImage, resizeImage, type Box, type RgbImage } from "@vpt/data/images";
import { vitRotary, type ViTConfig } from "../model/index.js";
import type { VisionBatch } from "../dino/vision-batch.js";
import { imageMean, imageDeviation } from "./normalize-images.js";
import { changePixels, type Photometric } from "./photometric.js";

/** How many crops of which sizes; the defaults are the paper's. */
export interface MultiCropOptions {
  readonly globalSize?: number;
  readonly localSize?: number;
  readonly locals?: number;
  /** Area of a global crop as a share of the image, `[low, high]`; local crops take the share below `low`. */
  readonly globalScale?: readonly [number, number];
  readonly localScale?: readonly [number, number];
  /** Colour changes; `false` leaves colours as they are. */
  readonly photometric?: boolean;
  /** Draw train-time patch coordinates for this DINOv3 model. */
  readonly rotaryOf?: ViTConfig;
  /** Add the noise that random masks are made of. */
  readonly noise?: boolean;
}

const jitter = [0.4, 0.4, 0.2, 0.1] as const;
const common = { jitter, jitterShare: 0.8, grayShare: 0.2 };
const changes = {
  first: { ...common, blurShare: 1, solarizeShare: 0 },
  second: { ...common, blurShare: 0.1, solarizeShare: 0.2 },
  local: { ...common, blurShare: 0.5, solarizeShare: 0 },
} satisfies Record<string, Photometric>;

/** A box of a random share of the area and a ratio between 3/4 and 4/3; the centre of the image when ten draws do not fit. */
export function randomBox({ width, height }: RgbImage, [low, high]: readonly [number, number], random: Random): Box {
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = width * height * (low + (high - low) * random.uniform());
    const ratio = Math.exp(Math.log(3 / 4) + (Math.log(4 / 3) - Math.log(3 / 4)) * random.uniform());
    const [w, h] = [Math.round(Math.sqrt(area * ratio)), Math.round(Math.sqrt(area / ratio))];
    if (w < 1 || h < 1 || w > width || h > height) continue;
    return { left: random.integer(width - w + 1), top: random.integer(height - h + 1), width: w, height: h };
  }
  const ratio = width / height;
  const w = ratio > 4 / 3 ? Math.round((height * 4) / 3) : width;
  const h = ratio < 3 / 4 ? Math.round((width * 4) / 3) : height;
  return { left: (width - w) >> 1, top: (height - h) >> 1, width: w, height: h };
}

/**
 * DINO's crops of a batch of images: two global ones and `locals` local ones each, resized bicubically, flipped half the time, their
 * colours changed, normalised.
 *
 * @param random Every draw; the same state gives the same batch.
 * @returns New tensors, owned by the caller.
 * @throws {VptError} Without images.
 * @example
 * ```ts
 * const batch = multiCrop(images, randomFromSeed(0, "crops"), { globalSize: 32, localSize: 16, locals: 4 });
 * ```
 * @see facebookresearch/dino `main_dino.py`, `DataAugmentationDINO`.
 * @category views
 */
export function multiCrop(
  images: readonly RgbImage[],
  random: Random,
  {
    globalSize = 224,
    localSize = 96,
    locals = 6,
    globalScale = [0.4, 1],
    localScale = [0.05, globalScale[0]],
    photometric = true,
    rotaryOf,
    noise = false,
  }: MultiCropOptions = {},
): VisionBatch {
  if (images.length === 0) throw new VptError("multiCrop: no images; give at least one");
  const view = (size: number, scale: readonly [number, number], how: Photometric): Float32Array[] =>
    images.map((image) => {
      const pixels = resizedCrop(image, randomBox(image, scale, random), size, random.uniform() < 0.5);
      if (photometric) changePixels(pixels, size, { photometric: how, blurScale: globalSize / 224, random });
      return pixels;
    });
  const globals = [...view(globalSize, globalScale, changes.first), ...view(globalSize, globalScale, changes.second)];
  const small = Array.from({ length: locals }, () => view(localSize, localScale, changes.local)).flat();
  const stack = (crops: readonly Float32Array[], size: number): tf.Tensor4D => {
    const all = new Float32Array(crops.length * size * size * 3);
    crops.forEach((crop, i) =>
      all.set(
        crop.map((value, j) => (value - imageMean[j % 3]!) / imageDeviation[j % 3]!),
        i * crop.length,
      ),
    );
    return tf.tensor4d(all, [crops.length, size, size, 3]);
  };
  return {
    images: images.length,
    globals_NHWC: stack(globals, globalSize),
    ...(locals > 0 && { locals_NHWC: stack(small, localSize) }),
    ...(rotaryOf && { rotary: movedPositions(rotaryOf, globalSize, locals > 0 ? localSize : undefined, random) }),
    ...(noise && { noise_NHW1: uniformNoise(globals.length, globalSize, random) }),
  };
}

function resizedCrop(image: RgbImage, box: Box, size: number, flip: boolean): Float32Array {
  const { data } = resizeImage(cropImage(image, box), { width: size, height: size, kind: "bicubic" });
  const pixels = new Float32Array(data.length);
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++)
      for (let c = 0; c < 3; c++)
        pixels[(y * size + x) * 3 + c] = data[(y * size + (flip ? size - 1 - x : x)) * 3 + c]! / 255;
  return pixels;
}

/** One draw of DINOv3's train-time coordinates a batch, the same for all its crops of a size. */
function movedPositions(
  config: ViTConfig,
  globalSize: number,
  localSize: number | undefined,
  random: Random,
): NonNullable<VisionBatch["rotary"]> {
  const { shift, jitter: axis, rescale } = config.rope;
  const centred = (bound: number | null): number => (bound === null ? 0 : bound * (2 * random.uniform() - 1));
  const factor = (bound: number | null): number =>
    bound === null ? 1 : Math.exp(Math.log(bound) * (2 * random.uniform() - 1));
  const draw = (size: number) => {
    const moved: [number, number] = [centred(shift), centred(shift)];
    const [y, x, both] = [factor(axis), factor(axis), factor(rescale)];
    const side = size / config.patchSize;
    return vitRotary(config, [side, side], { shift: moved, stretch: [y * both, x * both] });
  };
  return { globals: draw(globalSize), ...(localSize !== undefined && { locals: draw(localSize) }) };
}

const uniformNoise = (count: number, size: number, random: Random): tf.Tensor4D =>
  tf.tensor4d(
    Float32Array.from({ length: count * size * size }, () => random.uniform()),
    [count, size, size, 1],
  );
