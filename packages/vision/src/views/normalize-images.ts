import * as tf from "@tensorflow/tfjs";
import { VptError } from "@vpt/core";
import { imageDeviation, imageMean, type RgbImage } from "@vpt/data/images";

/**
 * 8-bit images of one size as a backbone's input: scaled to [0, 1], ImageNet's mean taken off, divided by its
 * deviation.
 *
 * @returns `[B, H, W, 3]`, owned by the caller.
 * @throws {VptError} When there are no images or sizes differ.
 * @example
 * ```ts
 * import { resizeImage } from "@vpt/data/images";
 * import { normalizeImages } from "@vpt/vision";
 *
 * const pixels_BHWC = normalizeImages([resizeImage(image, { width: 224, height: 224 })]);
 * ```
 * @category views
 */
export function normalizeImages(images: readonly RgbImage[]): tf.Tensor4D {
  const [first] = images;
  if (!first) throw new VptError("normalizeImages: no images; give at least one");
  const size = first.width * first.height * 3;
  const values = new Float32Array(images.length * size);
  images.forEach(({ data, width, height }, i) => {
    if (width !== first.width || height !== first.height)
      throw new VptError(
        `normalizeImages: image ${i} is ${width} × ${height}, the first ${first.width} × ` +
          `${first.height}; resize them to one size`,
      );
    for (let j = 0; j < size; j++) values[i * size + j] = (data[j]! / 255 - imageMean[j % 3]!) / imageDeviation[j % 3]!;
  });
  return tf.tensor4d(values, [images.length, first.height, first.width, 3]);
}
