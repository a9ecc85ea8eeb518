import * as tf from "@tensorflow/tfjs";
import { rotaryFrequencies, type RopeScaling } from "./rotary-frequencies.js";

// Axes: B batch, H heads, T tokens, C width of a head

/** Cosines and signed sines of {@link applyRotary}, each `[T, C]`. */
export interface RotaryTables {
  readonly cos_TC: tf.Tensor2D;
  /** `−sin` in the first half, `+sin` in the second. */
  readonly sin_TC: tf.Tensor2D;
}

/**
 * Tables for positions `offset … offset + length − 1`: angle `p·f_j` at `j` and again at `j + C/2`, with the
 * frequencies `f_j = θ^(−2j/C)` of {@link rotaryFrequencies}. Worked out in float64 and rounded once. Make them once a
 * pass, not once a layer.
 *
 * Attention sees differences of positions only, so a left-padded row may count its padding.
 *
 * @param options.width Width `C` of a head, even.
 * @returns Two tensors, owned by the caller.
 * @example
 * ```ts
 * const tables = rotaryTables({ length: 16, width: 64, theta: 10_000 });
 * ```
 * @see arXiv 2104.09864, section 3.4.2.
 * @category attention
 */
export const rotaryTables = (options: {
  readonly length: number;
  readonly width: number;
  readonly theta: number;
  readonly offset?: number;
  readonly scaling?: RopeScaling | undefined;
}): RotaryTables => {
  const { length, width, theta, offset = 0, scaling } = options;
  const { frequencies, magnitude } = rotaryFrequencies({ width, theta, scaling, length: offset + length });
  const half = width / 2;
  const cos = new Float32Array(length * width);
  const sin = new Float32Array(length * width);
  for (let t = 0; t < length; t++) {
    for (let j = 0; j < half; j++) {
      const angle = (offset + t) * frequencies[j]!;
      const at = t * width + j;
      cos[at] = cos[at + half] = magnitude * Math.cos(angle);
      sin[at + half] = magnitude * Math.sin(angle);
      sin[at] = -magnitude * Math.sin(angle);
    }
  }
  return { cos_TC: tf.tensor2d(cos, [length, width]), sin_TC: tf.tensor2d(sin, [length, width]) };
};

/**
 * Rotary position embedding, half-split form: with `x = [a, b]`, `y = [a cos − b sin, b cos + a sin]`.
 *
 * @param x_BHTC Queries or keys.
 * @returns The same shape, owned by the caller. Linear in `x`, so its own tangent.
 * @example
 * ```ts
 * const x_BHTC = tf.ones([1, 1, 2, 4]) as tf.Tensor4D;
 * const y_BHTC = applyRotary(x_BHTC, rotaryTables({ length: 2, width: 4, theta: 100 }));
 * ```
 * @see Hugging Face `apply_rotary_pos_emb` and `rotate_half`.
 * @category attention
 */
export const applyRotary = (x_BHTC: tf.Tensor4D, { cos_TC, sin_TC }: RotaryTables): tf.Tensor4D =>
  tf.tidy(() => {
    const [a, b] = tf.split(x_BHTC, 2, 3) as [tf.Tensor4D, tf.Tensor4D];
    return tf.add<tf.Tensor4D>(tf.mul(x_BHTC, cos_TC), tf.mul(tf.concat([b, a], 3), sin_TC));
  });
