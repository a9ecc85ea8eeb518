import * as tf from "@tensorflow/tfjs";
import { loraDelta, type LoraParams } from "./lora.js";

/** Weights of {@link linear} in PyTorch's layout, so that checkpoints need no transpose. */
export interface LinearParams {
  /** `[out, in]` */
  readonly weight: tf.Tensor2D;
  /** `[out]` */
  readonly bias?: tf.Tensor1D | undefined;
  /** Adds `(α/r)·(x Aᵀ) Bᵀ`. */
  readonly lora?: LoraParams | undefined;
}

/** What a layer adds to its product. */
const completed = (plain: tf.Tensor2D, x: tf.Tensor2D, { bias, lora }: LinearParams): tf.Tensor2D => {
  const adapted = lora === undefined ? plain : tf.add<tf.Tensor2D>(plain, loraDelta(x, lora));
  return bias === undefined ? adapted : tf.add<tf.Tensor2D>(adapted, bias);
};

/**
 * `y = x Wᵀ + b`, and with an adapter `+ (α/r)·(x Aᵀ) Bᵀ`.
 *
 * @param x `[rows, in]`: fold batch and time into rows, one large product beats many small ones.
 * @returns `[rows, out]`, owned by the caller.
 * @example
 * ```ts
 * const y = linear(tf.tensor2d([[1, 2]]), { weight: tf.tensor2d([[3, 4]]), bias: tf.tensor1d([5]) });
 * y.print(); // [[16]]
 * ```
 * @see PyTorch `torch.nn.functional.linear`.
 * @category layers
 */
export const linear = (x: tf.Tensor2D, layer: LinearParams): tf.Tensor2D =>
  tf.tidy(() => completed(tf.matMul(x, layer.weight, false, true), x, layer));

/**
 * Several {@link linear} layers of one input, as one product with their weights below each other: worth it where the
 * rows are many and some layers are narrow, since the weights are copied.
 *
 * @returns One `[rows, out]` a layer, owned by the caller.
 * @example
 * ```ts
 * const projections = [{ weight: tf.tensor2d([[3, 4]]) }, { weight: tf.tensor2d([[5, 6]]) }];
 * const [q, k] = fusedLinear(tf.tensor2d([[1, 2]]), projections);
 * q.print(); // [[11]]
 * k.print(); // [[17]]
 * ```
 * @category layers
 */
export const fusedLinear = <Layers extends readonly LinearParams[]>(
  x: tf.Tensor2D,
  layers: Layers,
): { [Index in keyof Layers]: tf.Tensor2D } =>
  tf.tidy(() => {
    const weights = tf.concat2d(
      layers.map(({ weight }) => weight),
      0,
    );
    const products: tf.Tensor2D[] = tf.split(
      tf.matMul<tf.Tensor2D>(x, weights, false, true),
      layers.map(({ weight }) => weight.shape[0]),
      1,
    );
    return layers.map((layer, i) => completed(products[i]!, x, layer));
  }) as { [Index in keyof Layers]: tf.Tensor2D };
