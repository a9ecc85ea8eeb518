import * as tf from "@tensorflow/tfjs";

/**
 * Matrix `[length, length]` that blurs one axis with a Gaussian of deviation `sigma` pixels, cut at `radius` (2σ by
 * default) and normalised; the border is reflected without repeating the edge.
 *
 * @returns New tensor, owned by the caller; rows sum to 1.
 * @example
 * ```ts
 * const blur = gaussianMatrix(32, 2);
 * const soft = resample(images_BHWC, blur, blur);
 * ```
 * @category images
 */
export const gaussianMatrix = (
  length: number,
  sigma: number,
  radius = Math.max(1, Math.round(2 * sigma)),
): tf.Tensor2D => {
  const taps = Array.from({ length: 2 * radius + 1 }, (_, k) => Math.exp(-((k - radius) ** 2) / (2 * sigma * sigma)));
  const total = taps.reduce((sum, tap) => sum + tap, 0);
  const period = Math.max(1, 2 * (length - 1));
  const reflect = (j: number): number => {
    const inside = ((j % period) + period) % period;
    return inside < length ? inside : period - inside;
  };
  const matrix = new Float32Array(length * length);
  for (let i = 0; i < length; i++)
    taps.forEach((tap, k) => (matrix[i * length + reflect(i + k - radius)]! += tap / total));
  return tf.tensor2d(matrix, [length, length]);
};
