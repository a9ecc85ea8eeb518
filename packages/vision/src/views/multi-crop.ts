import * as tf from "@tensorflow/tfjs";
import type { Random } from "@vpt/core";
import { drawCrops, type CropOptions, type CropPixels, type RgbImage } from "@vpt/data/images";
import { vitRotary, type ViTConfig } from "../model/index.js";
import type { VisionBatch } from "../dino/vision-batch.js";

/** Crops as in `drawCrops`, and what else a batch needs. */
export interface MultiCropOptions extends CropOptions {
  /** Draw train-time patch coordinates for this DINOv3 model. */
  readonly rotaryOf?: ViTConfig;
  /** Add the noise that random masks are made of. */
  readonly noise?: boolean;
}

/**
 * DINO's crops of a batch of images (`drawCrops`) as tensors.
 *
 * @param random Every draw; the same state gives the same batch.
 * @returns New tensors, owned by the caller.
 * @throws {VptError} Without images.
 * @example
 * ```ts
 * import { randomFromSeed } from "@vpt/core";
 * import { multiCrop } from "@vpt/vision";
 *
 * const crops = multiCrop([image], randomFromSeed(0, "crops"), { globalSize: 32, localSize: 16, locals: 4 });
 * ```
 * @see facebookresearch/dino `main_dino.py`, `DataAugmentationDINO`.
 * @category views
 */
export const multiCrop = (images: readonly RgbImage[], random: Random, options: MultiCropOptions = {}): VisionBatch =>
  cropBatch(drawCrops(images, random, options), random, options);

/**
 * Crops that were drawn before, such as in another thread, as a batch: {@link multiCrop}'s second half.
 *
 * @param random The stream that the crops were drawn from, where that left it.
 * @returns New tensors, owned by the caller.
 * @category views
 */
export function cropBatch(
  { images, globals, globalSize, locals, localSize }: CropPixels,
  random: Random,
  { rotaryOf, noise = false }: Pick<MultiCropOptions, "rotaryOf" | "noise"> = {},
): VisionBatch {
  const stack = (crops: Float32Array, size: number): tf.Tensor4D =>
    tf.tensor4d(crops, [crops.length / (size * size * 3), size, size, 3]);
  return {
    images,
    globals_NHWC: stack(globals, globalSize),
    ...(locals && { locals_NHWC: stack(locals, localSize) }),
    ...(rotaryOf && { rotary: ropeAugmentation(rotaryOf, globalSize, locals && localSize, random) }),
    ...(noise && { noise_NHW1: uniformNoise(2 * images, globalSize, random) }),
  };
}

/** One draw of DINOv3's train-time coordinates a batch, the same for all its crops of a size. */
function ropeAugmentation(
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
