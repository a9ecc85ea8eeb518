import * as tf from "@tensorflow/tfjs";
import type { RotaryTables } from "./rotary.js";

/** Train-time changes of patch coordinates (DINOv3): moved, then stretched a side, then both together. */
export interface AxialAugmentation {
  /** Added to the y and x coordinates, which run from −1 to 1. */
  readonly shift?: readonly [number, number];
  /** Factors of y and x. */
  readonly stretch?: readonly [number, number];
}

/**
 * Tables of two-dimensional rotary positions for {@link applyRotary}: patch centres `c ∈ (−1, 1)` on each axis, angle
 * `2π·c·θ^(−4j/C)` for `j < C/4`, the y angles before the x angles, and both again in the second half. Tokens before
 * the patches (`prefix`: class and registers) are not turned: their cosine is 1 and their sine 0.
 *
 * @param options.width Width `C` of a head, a multiple of 4.
 * @param options.augmentation Left out in evaluation.
 * @returns Two tensors `[prefix + rows·columns, C]`, owned by the caller.
 * @example
 * ```ts
 * const tables = axialRotaryTables({ rows: 14, columns: 14, width: 64, theta: 100, prefix: 5 });
 * ```
 * @see Hugging Face `DINOv3ViTRopePositionEmbedding`; dinov3 `rope_position_encoding.py`, coordinates `"separate"`.
 * @category attention
 */
export const axialRotaryTables = (options: {
  readonly rows: number;
  readonly columns: number;
  readonly width: number;
  readonly theta: number;
  readonly prefix?: number;
  readonly augmentation?: AxialAugmentation | undefined;
}): RotaryTables => {
  const { rows, columns, width, theta, prefix = 0, augmentation = {} } = options;
  const { shift = [0, 0], stretch = [1, 1] } = augmentation;
  const tokens = prefix + rows * columns;
  const [half, quarter] = [width / 2, width / 4];
  const cos = new Float32Array(tokens * width).fill(1, 0, prefix * width);
  const sin = new Float32Array(tokens * width);
  const centre = (i: number, count: number, axis: 0 | 1): number =>
    ((2 * (i + 0.5)) / count - 1 + shift[axis]) * stretch[axis];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const start = (prefix + row * columns + column) * width;
      for (let j = 0; j < half; j++) {
        const coordinate = j < quarter ? centre(row, rows, 0) : centre(column, columns, 1);
        const angle = 2 * Math.PI * coordinate * theta ** ((-4 * (j % quarter)) / width);
        cos[start + j] = cos[start + half + j] = Math.cos(angle);
        sin[start + j] = -Math.sin(angle);
        sin[start + half + j] = Math.sin(angle);
      }
    }
  }
  return { cos_TC: tf.tensor2d(cos, [tokens, width]), sin_TC: tf.tensor2d(sin, [tokens, width]) };
};
