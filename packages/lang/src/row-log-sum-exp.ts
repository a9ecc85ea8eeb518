import { optimizationBarrier, registerTangent } from "@vpt/autodiff";
import * as tf from "@tensorflow/tfjs";

// Axes: N rows, D width, V vocabulary. Two kernels of our own, so that every derivative is one matrix product with the
// probabilities instead of several passes over [N, V]; both are exact to every order that autodiff reaches.

type Names = "rows" | "head" | "logits";
type Inputs = Readonly<Record<Names, tf.Tensor2D>>;

const logSumExpKernel = "VptRowLogSumExp";
const probsKernel = "VptRowProbs";

const run = <T extends tf.Tensor>(kernel: string, inputs: Inputs): T =>
  tf.engine().runKernel(kernel, inputs as unknown as tf.NamedTensorMap) as T;

/** The last to read the logits, so that a compiled step writes the probabilities over them. */
const probsOf = (logits_NV: tf.Tensor2D): tf.Tensor2D => tf.softmax(optimizationBarrier(logits_NV, logits_NV.max(1)));

// p is made anyway for the gradient, and log Σ exp z = z_v − log p_v at any v; the largest p_v is at least 1/V.
const kernels: Readonly<Record<string, (inputs: Inputs) => tf.Tensor>> = {
  [logSumExpKernel]: ({ logits }) => logits.max(1).sub(probsOf(logits).max(1).log()),
  [probsKernel]: ({ logits }) => probsOf(logits),
};

const ready = new Set<string>();

/** Kernels belong to a backend; these are made of ops that every backend has. */
function registerFor(backendName: string): void {
  if (ready.has(backendName)) return;
  ready.add(backendName);
  for (const [kernelName, compute] of Object.entries(kernels)) {
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs }) => tf.tidy(() => compute(inputs as unknown as Inputs)),
    });
  }
}

tf.registerGradient({
  kernelName: logSumExpKernel,
  inputsToSave: ["rows", "head", "logits"],
  gradFunc: (dy, saved) => {
    const [rows, head, logits] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
    const probs_NV = (): tf.Tensor2D => run(probsKernel, { rows, head, logits });
    const dy_N1 = (dy as tf.Tensor1D).expandDims(1);
    return {
      rows: () => tf.matMul(probs_NV(), head).mul(dy_N1),
      head: () => tf.matMul(probs_NV(), rows.mul(dy_N1) as tf.Tensor2D, true),
      logits: () => tf.zerosLike(logits), // a function of the other two, handed over to save the product
    };
  },
});

registerTangent<Names>(logSumExpKernel, ({ inputs, tangents }) => {
  const { rows, head, logits } = inputs as Inputs;
  const probs_NV = probsOf(logits);
  const parts = [
    tangents.rows && tf.matMul(probs_NV, head).mul(tangents.rows).sum(1),
    tangents.head &&
      tf
        .matMul(rows, tangents.head as tf.Tensor2D, false, true)
        .mul(probs_NV)
        .sum(1),
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? null : tf.addN(parts);
});

registerTangent<Names>(probsKernel, ({ inputs, tangents, outputs: [probs_NV] }) => {
  const { rows, head } = inputs as Inputs;
  const parts = [
    tangents.rows && tf.matMul(tangents.rows as tf.Tensor2D, head, false, true),
    tangents.head && tf.matMul(rows, tangents.head as tf.Tensor2D, false, true),
  ].filter((part) => part !== undefined);
  if (parts.length === 0) return null;
  const change_NV = tf.addN(parts);
  return probs_NV.mul(change_NV.sub(probs_NV.mul(change_NV).sum(1, true)));
});

/**
 * `log Σ_v exp(⟨row_n, head_v⟩)`, differentiable in rows and head: `∂/∂row_n = Σ_v p_nv head_v`, one product with the
 * probabilities. Neither a derivative nor a tangent writes another `[N, V]`.
 *
 * @param logits_NV `rows_ND head_VDᵀ` as a constant: whoever chooses candidates has it already.
 * @returns `[N]`, owned by the caller.
 */
export function rowLogSumExp(rows_ND: tf.Tensor2D, head_VD: tf.Tensor2D, logits_NV: tf.Tensor2D): tf.Tensor1D {
  registerFor(tf.getBackend());
  return run(logSumExpKernel, { rows: rows_ND, head: head_VD, logits: logits_NV });
}
