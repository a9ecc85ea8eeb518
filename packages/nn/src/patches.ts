import * as tf from "@tensorflow/tfjs";
import { linear } from "./linear.js";

// Axes: B batch, H rows, W columns, C channels, P side of a patch, T patches row by row, D width

/** Weights of {@link embedPatches} in PyTorch's layout. */
export interface PatchParams {
  /** `[D, C, P, P]` */
  readonly weight: tf.Tensor4D;
  readonly bias?: tf.Tensor1D | undefined;
}

/**
 * Embeds the patches of an image: a convolution whose stride is its kernel, as one matrix product.
 *
 * @param x_BHWC `H` and `W` multiples of `P`.
 * @returns `[B, T, D]`, `T = (H/P)·(W/P)`, owned by the caller.
 * @throws RangeError when a side is no multiple of the patch.
 * @example
 * ```ts
 * const weight = tf.ones<tf.Rank.R4>([16, 3, 4, 4]);
 * const tokens = embedPatches(tf.ones<tf.Rank.R4>([1, 8, 8, 3]), { weight }); // [1, 4, 16]
 * ```
 * @see PyTorch `torch.nn.functional.conv2d`.
 * @category images
 */
export const embedPatches = (x_BHWC: tf.Tensor4D, { weight, bias }: PatchParams): tf.Tensor3D =>
  tf.tidy(() => {
    const [batch, height, width, channels] = x_BHWC.shape;
    const [out, , patch] = weight.shape;
    if (height % patch !== 0 || width % patch !== 0)
      throw new RangeError(
        `embedPatches: image sides must be multiples of the patch side ${patch}, received ${height} × ` +
          `${width}. Resize or pad the image.`,
      );
    const [rows, columns] = [height / patch, width / patch];
    // Six axes are more than tfjs transposes everywhere: the rows of a patch first, then its columns.
    const bands = tf.reshape(x_BHWC, [batch * rows, patch, columns, patch * channels]);
    const patches = tf.reshape(tf.transpose(bands, [0, 2, 1, 3]), [batch * rows * columns, patch * patch * channels]);
    const kernel = tf.reshape(tf.transpose(weight, [0, 2, 3, 1]), [out, patch * patch * channels]);
    const tokens = linear(patches as tf.Tensor2D, { weight: kernel as tf.Tensor2D, bias });
    return tf.reshape(tokens, [batch, rows * columns, out]);
  });
