import * as tf from "@tensorflow/tfjs";

// Axes: B batch, H rows, W columns, C channels; I and J the rows and columns of the result

/**
 * Separable linear map of images: `y = R x Cᵀ` for every image and channel. Resizing and blurring are this with a fixed
 * matrix (`interpolationMatrix`, `gaussianMatrix`), so their gradient and tangent are a matrix product's: exact, on
 * every backend, for every shape, where tfjs's own gradients of resizing are wrong or missing.
 *
 * @param x_BHWC Images or feature maps.
 * @param rows_IH How each row of the result mixes the rows of `x`.
 * @param columns_JW The same for columns.
 * @returns `[B, I, J, C]`, owned by the caller.
 * @example
 * ```ts
 * const rows = interpolationMatrix(4, 8, "bilinear");
 * const doubled = resample(tf.ones([1, 4, 4, 3]) as tf.Tensor4D, rows, rows); // [1, 8, 8, 3]
 * ```
 * @category images
 */
export const separableResample = (x_BHWC: tf.Tensor4D, rows_IH: tf.Tensor2D, columns_JW: tf.Tensor2D): tf.Tensor4D =>
  tf.tidy(() => {
    const [batch, height, width, channels] = x_BHWC.shape;
    const [newHeight, newWidth] = [rows_IH.shape[0], columns_JW.shape[0]];
    const lines = tf.reshape(tf.transpose(x_BHWC, [0, 1, 3, 2]), [batch * height * channels, width]);
    const wide_BHCJ = tf.reshape(tf.matMul(lines, columns_JW, false, true), [batch, height, channels, newWidth]);
    const stacks = tf.reshape(tf.transpose(wide_BHCJ, [0, 2, 3, 1]), [batch * channels * newWidth, height]);
    const tall_BCJI = tf.reshape(tf.matMul(stacks, rows_IH, false, true), [batch, channels, newWidth, newHeight]);
    return tf.transpose(tall_BCJI, [0, 3, 2, 1]) as tf.Tensor4D;
  });
