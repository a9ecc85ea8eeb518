import * as tf from "@tensorflow/tfjs";
import type { Compile, Params } from "@vpt/contracts";
import { law, type Law } from "./laws.js";

/**
 * The laws of a {@link Compile}: the compiled function computes what the function does, for any call, and owns nothing
 * of its caller's.
 */
export function executorLaws(
  compile: Compile,
  { tolerance = 1e-5 }: { readonly tolerance?: number } = {},
): readonly Law[] {
  return [...resultLaws(compile, tolerance), ownershipLaw(compile), errorLaw(compile)];
}

const executorLaw = (name: string, check: Parameters<typeof law>[2]): Law => law("executor", name, check);

/** A function of parameters and of a batch that holds a tensor and a plain value. */
const f = ({ w, b }: Params, batch: { readonly x: tf.Tensor; readonly kind: string }) =>
  tf.tidy(() => {
    const y = batch.x.matMul(w!).add(b!);
    return { y: batch.kind === "tanh" ? tf.tanh(y) : y, all: [y.sum()] };
  });
const inputs = (rows: number, scale = 1) => ({
  params: { w: tf.linspace(-scale, scale, 6).reshape([3, 2]), b: tf.tensor1d([0.5, -0.5]) },
  x: tf.linspace(0, scale, 3 * rows).reshape([rows, 3]),
});

/** What the compiled function and its gradients are. */
function resultLaws(compile: Compile, tolerance: number): readonly Law[] {
  const close = (a: tf.Tensor, b: tf.Tensor): boolean =>
    tf.util.arraysEqual(a.shape, b.shape) && tf.tidy(() => a.sub(b).abs().max().dataSync()[0]!) <= tolerance;
  return [
    executorLaw("a compiled function computes what the function does, call by call", (expect) => {
      const compiled = compile(f);
      for (const [rows, scale, kind] of [
        [4, 1, "tanh"],
        [4, 2, "tanh"],
        [4, 2, "linear"],
        [5, 1, "tanh"],
      ] as const) {
        const { params, x } = inputs(rows, scale);
        const [expected, received] = [f(params, { x, kind }), compiled(params, { x, kind })];
        const isSame = close(expected.y, received.y) && close(expected.all[0]!, received.all[0]!);
        expect(isSame, `${rows} rows, scale ${scale}, "${kind}": another result`);
      }
      compiled.dispose?.();
    }),
    executorLaw("gradients within it are those of the function", (expect) => {
      const slope = ({ w }: Params, x: tf.Tensor): tf.Tensor =>
        tf.grad((v) =>
          tf
            .tanh(x.matMul(v as tf.Tensor2D))
            .square()
            .sum(),
        )(w!);
      const compiled = compile(slope);
      const { params, x } = inputs(4);
      for (let call = 0; call < 2; call++)
        expect(close(slope(params, x), compiled(params, x)), `call ${call + 1}: another gradient`);
      compiled.dispose?.();
    }),
  ];
}

function ownershipLaw(compile: Compile): Law {
  return executorLaw("arguments are left alone, results are the caller's, nothing leaks", (expect) => {
    const compiled = compile(f);
    const { params, x } = inputs(4);
    const call = () => compiled(params, { x, kind: "tanh" });
    tf.dispose(call()); // what it keeps for itself it makes at the first call
    const before = tf.memory().numTensors;
    const result = call();
    const left = tf.memory().numTensors - before;
    expect(left === 2, `a call left ${left} tensors, expected its 2 results`);
    tf.dispose(result);
    expect(!x.isDisposed && !params.w.isDisposed, "a call disposed of its arguments");
    expect(Number.isFinite(call().y.dataSync()[0]), "a later call failed after the results were freed");
    compiled.dispose?.();
  });
}

function errorLaw(compile: Compile): Law {
  return executorLaw("what the function throws comes through", (expect) => {
    const compiled = compile((x: tf.Tensor): tf.Tensor => {
      if (x.shape[0] === 4) throw new Error("on purpose");
      return x.add(1);
    });
    const { x } = inputs(4);
    let message = "nothing was thrown";
    try {
      compiled(x);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message.includes("on purpose"), message);
    expect(compiled(inputs(3).x).shape[0] === 3, "it cannot be called afterwards");
    compiled.dispose?.();
  });
}
