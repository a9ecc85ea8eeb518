import * as tf from "@tensorflow/tfjs";
import { reflectionPad2d } from "./reflection-pad.js";

/** Weights of {@link conv2d} in PyTorch's layout. */
export interface ConvParams {
  /** `[out, in, height, width]`, odd sides. */
  readonly weight: tf.Tensor4D;
  /** `[out]` */
  readonly bias?: tf.Tensor1D | undefined;
}

/**
 * Convolution that keeps the size at stride 1: `y = w ∗ x + b`, half a kernel of border on each side, reflected or
 * zero.
 *
 * @param x_BHWC `[B, H, W, in]`
 * @returns `[B, ⌈H/stride⌉, ⌈W/stride⌉, out]`, owned by the caller.
 * @example
 * ```ts
 * const weight = tf.ones<tf.Rank.R4>([16, 3, 3, 3]);
 * const y = conv2d(tf.ones<tf.Rank.R4>([1, 8, 8, 3]), { weight }, { stride: 2 }); // [1, 4, 4, 16]
 * ```
 * @see PyTorch `torch.nn.Conv2d` with `padding = kernel // 2`, `padding_mode` `"reflect"` or `"zeros"`.
 * @category images
 */
export const conv2d = (
  x_BHWC: tf.Tensor4D,
  { weight, bias }: ConvParams,
  { stride = 1, border = "reflect" }: { readonly stride?: number; readonly border?: "reflect" | "zero" } = {},
): tf.Tensor4D =>
  tf.tidy(() => {
    const [height, width] = [weight.shape[2] >> 1, weight.shape[3] >> 1];
    const padded =
      border === "reflect"
        ? reflectionPad2d(x_BHWC, [height, width])
        : tf.pad(x_BHWC, [
            [0, 0],
            [height, height],
            [width, width],
            [0, 0],
          ]);
    const kernel = tf.transpose(weight, [2, 3, 1, 0]) as tf.Tensor4D;
    const y = tf.conv2d(padded, kernel, stride, "valid");
    return bias === undefined ? y : tf.add(y, bias);
  });
