import * as tf from "@tensorflow/tfjs";
import { detached } from "../src/index.js";
import type { Case } from "./case.js";
import { firstOrderCases } from "./first-order-cases.js";

/** `f` as the gradient of a curved scalar of its outputs: kernels of the backward pass join, and what they save. */
const gradientOf = (f: Case["f"]): Case["f"] => {
  const loss = (...xs: tf.Tensor[]): tf.Tensor => {
    const out = f(...xs);
    const parts = Array.isArray(out) ? out : [out];
    return tf.addN(parts.map((part, i) => tf.sum(tf.mul(tf.add(tf.square(part), tf.sin(part)), i + 1))));
  };
  return (...xs) => tf.grads(loss)(xs);
};

/**
 * Cases whose gradient tfjs cannot take: none is registered, or it fails (broadcast operands, sizes, optional inputs).
 */
// avgPool same and resizeNearestNeighbor: wrong on cpu at the border, right on TensorFlow
// prettier-ignore
const withoutGradient = new Set([
  "einsum", "gatherND", "scatterND", "tensorScatterUpdate", "sparseToDense", "bincount", "denseBincount", "topk",
  "linalg.bandPart", "diag", "depthToSpace", "sparse.segmentSum", "sparse.segmentMean", "stridedSlice", "cumprod",
  "cumprod, exclusive, reverse", "cropAndResize", "flipLeftRight", "rotateWithOffset", "transform",
  "conv2d, dilated", "conv2dTranspose", "complex abs", "rfft", "ifft", "fused elu kernel EluGrad",
  "cast to int and back", "prod", "prod with a zero", "mirrorPad", "where", "where, one side", "cumsum",
  "matMul, broadcast", "batchNorm, bare", "resizeBilinear", "MaxPool3DGrad kernel", "avgPool, same",
  "resizeNearestNeighbor",
]);
const broadcast = /^(squaredDifference|maximum|minimum), /; // their gradients do not sum over broadcast axes
const flat = /^(floor|ceil|round|sign|step|zerosLike|onesLike|floorDiv.*)$/; // gradient zero: nothing to differentiate

const image = [2, 5, 5, 3];

/** What the gradients above cannot reach, in a shape that tfjs's gradient can take. */
const others: readonly Case[] = [
  {
    name: "where",
    f: (a, b) =>
      tf.where(
        detached(() => tf.greater(a!, b!)),
        tf.square(a!),
        b!,
      ),
    shapes: [
      [3, 4],
      [3, 4],
    ],
  },
  { name: "cumsum, last axis", f: (x) => tf.cumsum(x!, 1), shapes: [[3, 4]] },
  { name: "resizeBilinear, square", f: (x) => tf.image.resizeBilinear(x as tf.Tensor4D, [3, 7]), shapes: [image] },
  {
    name: "resizeNearestNeighbor, square",
    f: (x) => tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [10, 10]),
    cpuOnly: "cpu's own gradient is not the derivative of its resize; TensorFlow's is",
    shapes: [image],
  },
  {
    name: "GELU by erf",
    f: (x) => tf.mul(x!, tf.add(tf.erf(tf.div(x!, Math.SQRT2)), 1)),
    shapes: [[7]],
    tolerance: 1e-6,
  },
];

/** The gradient of each forward case, so that backward kernels get tangents too. */
export const gradientCases: readonly Case[] = [...others, ...firstOrderCases]
  .filter(({ name }) => !withoutGradient.has(name) && !flat.test(name) && !broadcast.test(name))
  .map((entry) => ({ ...entry, name: `∇ ${entry.name}`, f: gradientOf(entry.f) }));
