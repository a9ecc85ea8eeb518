import * as tf from "@tensorflow/tfjs";

/** A low-rank adapter: `A [r, in]`, `B [out, r]`, and the factor `α/r`. */
export interface LoraParams {
  readonly a: tf.Tensor2D;
  readonly b: tf.Tensor2D;
  readonly scale: number;
  /** `[rows, in]`: multiplies what enters `A`; see `dropoutMask`. */
  readonly mask?: tf.Tensor2D | undefined;
}

/**
 * What an adapter adds to a linear layer: `(α/r)·((x ⊙ mask) Aᵀ) Bᵀ`. Two thin products; `W' = W + (α/r) B A` is never
 * made. Give the adapter to `linear` as `lora`; this is the term alone.
 *
 * @param x `[rows, in]`
 * @returns `[rows, out]`, owned by the caller.
 * @example
 * ```ts
 * const lora = { a: tf.tensor2d([[0, 1]]), b: tf.tensor2d([[3]]), scale: 2 };
 * loraDelta(tf.tensor2d([[5, 7]]), lora).print(); // [[42]] = 2·3·7
 * ```
 * @see arXiv 2106.09685, equation 3; PEFT `lora.Linear`.
 * @category lora
 */
export const loraDelta = (x: tf.Tensor2D, { a, b, scale, mask }: LoraParams): tf.Tensor2D =>
  tf.tidy(() => {
    const seen = mask === undefined ? x : tf.mul<tf.Tensor2D>(x, mask);
    const low = tf.mul<tf.Tensor2D>(tf.matMul(seen, a, false, true), scale);
    return tf.matMul(low, b, false, true);
  });

/**
 * A fresh adapter: `A` Kaiming-uniform with `a = √5`, that is `U(−1/√in, 1/√in)`; `B = 0`, so nothing changes at first.
 *
 * @param shape `[out, in]` of the adapted weight.
 * @param options Its rank, and uniform numbers in [0, 1) such as `randomFromSeed(0).uniform`.
 * @returns Two tensors, owned by the caller.
 * @example
 * ```ts
 * const { a, b } = initLora([576, 576], { rank: 8, uniform: Math.random });
 * ```
 * @see PEFT `LoraLayer.reset_lora_parameters`.
 * @category lora
 */
export const initLora = (
  [out, width]: readonly [number, number],
  { rank, uniform }: { readonly rank: number; readonly uniform: () => number },
): { readonly a: tf.Tensor2D; readonly b: tf.Tensor2D } => {
  const bound = 1 / Math.sqrt(width);
  const a = Float32Array.from({ length: rank * width }, () => bound * (2 * uniform() - 1));
  return { a: tf.tensor2d(a, [rank, width]), b: tf.zeros([out, rank]) };
};

/**
 * The weight with its adapter folded in: `W' = W + (α/r) B A`.
 *
 * @returns `[out, in]`, owned by the caller.
 * @example
 * ```ts
 * const merged = mergeLora(tf.zeros([2, 2]), { a: tf.ones([1, 2]), b: tf.ones([2, 1]), scale: 3 }); // all 3
 * ```
 * @category lora
 */
export const mergeLora = (weight: tf.Tensor2D, { a, b, scale }: LoraParams): tf.Tensor2D =>
  tf.tidy(() => tf.add<tf.Tensor2D>(weight, tf.mul(tf.matMul(b, a), scale)));
