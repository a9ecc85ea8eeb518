import * as tf from "@tensorflow/tfjs";

export type KernelInputs = Readonly<Record<string, tf.Tensor>>;
export type KernelAttrs = Readonly<Record<string, unknown>>;
type RunKernel = (kernel: string, inputs: KernelInputs, attrs?: KernelAttrs) => tf.Tensor | tf.Tensor[];
export type DataId = tf.Tensor["dataId"];

/** The few members of tfjs's engine that this package reads or wraps; all present and stable in 4.x. */
export interface Engine {
  runKernel: RunKernel;
  removeDataId(dataId: DataId, backend: unknown): void;
  nextTensorId(): number;
  readonly state: { gradientDepth: number; kernelDepth: number; activeTape: unknown };
  gradients(
    f: () => tf.Tensor,
    xs: readonly tf.Tensor[],
    dy: null,
    allowNoGradients: true,
  ): { value: tf.Tensor; grads: (tf.Tensor | undefined)[] };
}

/** The engine that every op of the installed tfjs runs on. */
export const engine = (): Engine => tf.engine() as unknown as Engine;

/** Runs one kernel by name. */
export const runKernel = (kernel: string, inputs: KernelInputs, attrs: KernelAttrs = {}): tf.Tensor =>
  engine().runKernel(kernel, inputs, attrs) as tf.Tensor;

/** Another tensor on the same data, with an id of its own. */
export const alias = (x: tf.Tensor): tf.Tensor => runKernel("Identity", { x });

/**
 * Runs `f` with no tape, as if no `tf.grad` were under way: nothing is recorded, nothing saved. A `tf.grad` inside `f`
 * starts a tape of its own and works, also inside the body of a `tf.customGrad`.
 */
export function offTape<T>(f: () => T): T {
  const { state } = engine();
  const { gradientDepth, kernelDepth, activeTape } = state;
  Object.assign(state, { gradientDepth: 0, kernelDepth: 0, activeTape: null });
  try {
    return f();
  } finally {
    Object.assign(state, { gradientDepth, kernelDepth, activeTape });
  }
}

/** `tf.tidy` for results that its types do not know, such as trees with nulls. */
export const tidy = <T>(f: () => T): T => tf.tidy(f as () => tf.TensorContainer) as T;
