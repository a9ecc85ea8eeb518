import type * as tf from "@tensorflow/tfjs";

/**
 * One run of a kernel, as a tangent rule sees it. `tangents` holds the live ones only: a name that is missing has zero
 * tangent, and work for it should be skipped. Kernels that take a list (AddN, Concat, Pack, Einsum) use "0", "1", …
 * @category rules
 */
export interface KernelCall<Name extends string = string, Attrs = Readonly<Record<string, unknown>>> {
  readonly kernel: string;
  readonly inputs: Readonly<Record<Name, tf.Tensor>>;
  readonly tangents: Readonly<Partial<Record<Name, tf.Tensor>>>;
  readonly outputs: readonly [tf.Tensor, ...tf.Tensor[]];
  readonly attrs: Attrs;
}

/** The tangent of one output; `null` is zero. */
export type OutputTangent = tf.Tensor | null;

/**
 * The derivative of a kernel's outputs along the tangents of its inputs: `ẏ = Σ_i ∂y/∂x_i · ẋ_i`, in the outputs'
 * shapes. It runs inside a tidy, off the tape and with tangents off. Several outputs: an array, in the kernel's order.
 * @category rules
 */
export type TangentRule<Name extends string = string, Attrs = Readonly<Record<string, unknown>>> = (
  call: KernelCall<Name, Attrs>,
) => OutputTangent | readonly OutputTangent[];
