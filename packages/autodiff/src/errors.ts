import { VptError } from "@vpt/contracts";

/**
 * A kernel met a live tangent and has no tangent rule. The message names the kernel and shows how to give it one.
 *
 * @example `jvp((x) => tf.localResponseNormalization(x), image, direction); // throws, naming LRN`
 * @category errors
 */
export class UncoveredKernelError extends VptError {
  override readonly name = "UncoveredKernelError";

  constructor(readonly details: { readonly kernel: string; readonly inputs: readonly string[] }) {
    const { kernel, inputs } = details;
    super(
      `jvp: kernel '${kernel}' received a tangent on ${inputs.map((name) => `'${name}'`).join(", ")} and has no tangent ` +
        `rule for it. Give it one: registerTangent("${kernel}", ({ inputs, tangents, outputs, attrs }) => the ` +
        "derivative of outputs[0] along tangents); or take the value as a constant: stopGradient(x), detached(() => …).",
    );
  }

  /** Returns true for errors of this kind, of another copy of the package too. */
  static override isInstance(error: unknown): error is UncoveredKernelError {
    return error instanceof Error && error.name === "UncoveredKernelError";
  }
}

/**
 * `jvp` was called while a tape of `tf.grad` was recording: reverse over forward. Forward over reverse is the supported
 * order.
 *
 * @category errors
 */
export class UnsupportedNestingError extends VptError {
  override readonly name = "UnsupportedNestingError";

  constructor() {
    super(
      "jvp: called inside tf.grad (a tape is recording). Reverse over forward is not supported, because tfjs's tape " +
        "drops paths there. Take the forward derivative last, jvp((x) => tf.grad(f)(x), x, v), or use the result as a " +
        "constant: detached(() => jvp(f, x, v)).",
    );
  }
}
