const brand = Symbol.for("vpt.error"); // the mark of @vpt/core's VptError; this package imports no sibling

/**
 * A kernel met a live tangent and has no tangent rule. The message names the kernel and shows how to give it one.
 *
 * @example `jvp((x) => tf.localResponseNormalization(x), image, direction); // throws, naming LRN`
 * @category errors
 */
export class UncoveredKernelError extends Error {
  readonly [brand] = true;
  override readonly name = "UncoveredKernelError";

  constructor(readonly details: { readonly kernel: string; readonly inputs: readonly string[] }) {
    super(
      `jvp: kernel '${details.kernel}' received a tangent on ${details.inputs.map((name) => `'${name}'`).join(", ")} and has no ` +
        `tangent rule for it. Give it one: registerTangent("${details.kernel}", ({ inputs, tangents, outputs, attrs }) => ` +
        `the derivative of outputs[0] along tangents); or take the value as a constant: stopGradient(x), detached(() => …).`,
    );
  }

  /** True across two copies of the package as well. */
  static isInstance(error: unknown): error is UncoveredKernelError {
    return error instanceof Error && error.name === "UncoveredKernelError";
  }
}

/**
 * `jvp` was called while a tape of `tf.grad` was recording: reverse over forward. Forward over reverse is the supported
 * order.
 *
 * @category errors
 */
export class UnsupportedNestingError extends Error {
  readonly [brand] = true;
  override readonly name = "UnsupportedNestingError";

  constructor() {
    super(
      "jvp: called inside tf.grad (a tape is recording). Reverse over forward is not supported, because tfjs's own tape drops " +
        "paths there. Take the forward derivative last, jvp((x) => tf.grad(f)(x), x, v), or use the result as a constant: " +
        "detached(() => jvp(f, x, v)).",
    );
  }
}
