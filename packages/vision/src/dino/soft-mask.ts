import * as tf from "@tensorflow/tfjs";
import { gaussianMatrix, separableResample } from "@vpt/nn";

/**
 * The learned view of v2 eq. 49: `ṽ = μ ⊙ v + (1 − μ) ⊙ Blur(v)`, with a fixed Gaussian of `blur` pixels at a side of
 * 224, in proportion at other sizes. `μ ≡ 1` gives `v` back, bit for bit.
 *
 * @param images_NHWC Crops.
 * @param mask_NHW1 In (0, 1): 1 keeps the pixel.
 * @returns The shape of `images_NHWC`, owned by the caller.
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { applySoftMask } from "@vpt/vision";
 *
 * const mask_BHW1 = tf.fill([1, 224, 224, 1], 0.6) as tf.Tensor4D;
 * const view = applySoftMask(images_BHWC, mask_BHW1);
 * ```
 * @see arXiv 2601.22108v2, equation 49. The paper does not give the blur: 8 px at 224, cut at 16 px.
 * @category views
 */
export const applySoftMask = (
  images_NHWC: tf.Tensor4D,
  mask_NHW1: tf.Tensor4D,
  { blur = 8 }: { readonly blur?: number } = {},
): tf.Tensor4D =>
  tf.tidy(() => {
    const blurred = blurImages(images_NHWC, blur);
    return tf.add(tf.mul(mask_NHW1, images_NHWC), tf.mul(tf.sub(1, mask_NHW1), blurred));
  });

/** Gaussian blur of `sigma` pixels at a side of 224, in proportion at other sizes. */
export const blurImages = (images_NHWC: tf.Tensor4D, sigma: number): tf.Tensor4D => {
  const [, height, width] = images_NHWC.shape;
  const scaled = (sigma * Math.max(height, width)) / 224;
  return separableResample(images_NHWC, gaussianMatrix(height, scaled), gaussianMatrix(width, scaled));
};
