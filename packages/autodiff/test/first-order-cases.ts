import * as tf from "@tensorflow/tfjs";
import type { Case } from "./case.js";

const v = [[7]];
const m = [[3, 4]];
const image = [[2, 4, 6, 3]];
const int = <R extends tf.Rank>(values: number[], shape: number[]) => tf.tensor<R>(values, shape as never, "int32");

const unary = (names: readonly string[], range: readonly [number, number]): Case[] =>
  names.map((name) => ({
    name,
    shapes: v,
    range,
    f: (x) => (tf as unknown as Record<string, (x: tf.Tensor) => tf.Tensor>)[name]!(x),
  }));

const binary = (name: string, f: Case["f"], range: readonly [number, number] = [0.3, 2]): Case[] => [
  {
    name,
    f,
    range,
    shapes: [
      [3, 4],
      [3, 4],
    ],
  },
  { name: `${name}, broadcast right`, f, range, shapes: [[3, 4], [4]] },
  { name: `${name}, broadcast left`, f, range, shapes: [[1], [2, 3]] },
  { name: `${name}, constant left`, f: (x) => f(tf.fill([2, 3, 4], 0.7), x), range, shapes: [[3, 1]] },
  { name: `${name}, constant right`, f: (x) => f(x, tf.fill([2, 3, 4], 0.7)), range, shapes: [[3, 1]] },
];

/** Each forward kernel that has a tangent rule. */
export const firstOrderCases: readonly Case[] = [
  ...unary(
    ["neg", "abs", "square", "exp", "expm1", "sin", "cos", "tan", "sinh", "cosh", "tanh", "asin", "acos"],
    [-0.9, 0.9],
  ),
  ...unary(
    ["atan", "asinh", "atanh", "sigmoid", "softplus", "relu", "relu6", "elu", "selu", "logSigmoid"],
    [-0.9, 0.9],
  ),
  ...unary(["floor", "ceil", "round", "sign", "step", "zerosLike", "onesLike"], [-0.9, 0.9]),
  ...unary(["sqrt", "rsqrt", "reciprocal", "log", "log1p"], [0.3, 2]),
  ...unary(["acosh"], [1.2, 3]),
  { name: "erf", f: (x) => tf.erf(x!), shapes: v, tolerance: 1e-6 }, // cpu uses a polynomial good to 1e-7
  { name: "relu6 above 6", f: (x) => tf.relu6(x), shapes: v, range: [4, 9] },
  { name: "leakyRelu", f: (x) => tf.leakyRelu(x, 0.1), shapes: v },
  { name: "prelu", f: (x, alpha) => tf.prelu(x!, alpha!), shapes: [[3, 4], [4]] },
  { name: "clipByValue", f: (x) => tf.clipByValue(x!, -0.4, 0.3), shapes: v },
  {
    name: "fused elu kernel EluGrad",
    f: (dy, y) => tf.engine().runKernel("EluGrad", { dy: dy!, y: y! }) as tf.Tensor,
    shapes: [[7], [7]],
    range: [-0.8, 0.9],
  },

  ...binary("add", (a, b) => tf.add(a!, b!)),
  ...binary("sub", (a, b) => tf.sub(a!, b!)),
  ...binary("mul", (a, b) => tf.mul(a!, b!)),
  ...binary("div", (a, b) => tf.div(a!, b!)),
  ...binary("pow", (a, b) => tf.pow(a!, b!)),
  ...binary("squaredDifference", (a, b) => tf.squaredDifference(a!, b!)),
  ...binary("maximum", (a, b) => tf.maximum(a!, b!)),
  ...binary("minimum", (a, b) => tf.minimum(a!, b!)),
  ...binary("mod", (a, b) => tf.mod(a!, b!)),
  ...binary("atan2", (a, b) => tf.atan2(a!, b!)),
  ...binary("floorDiv", (a, b) => tf.floorDiv(a!, b!)),
  { name: "pow at negative base", f: (a) => tf.pow(a!, 3), shapes: v },
  {
    name: "addN",
    f: (a, b) => tf.addN([a!, tf.fill([3, 4], 2), b!]),
    shapes: [
      [3, 4],
      [3, 4],
    ],
  },
  {
    name: "where",
    f: (a, b) => tf.where(tf.greater(a!, b!), tf.square(a!), b!),
    shapes: [
      [3, 4],
      [3, 4],
    ],
  },
  { name: "where, one side", f: (a) => tf.where(tf.greater(a!, 0), a!, tf.zeros([3, 4])), shapes: m },
  { name: "complex abs", f: (a, b) => tf.abs(tf.complex(a!, b!)), shapes: [[5], [5]], cpuOnly: "complex ops" },
  {
    name: "rfft",
    f: (a) => tf.square(tf.real(tf.spectral.fft(tf.complex(a!, tf.zerosLike(a!))))),
    shapes: [[8]],
    cpuOnly: "complex ops",
  },
  {
    name: "ifft",
    f: (a) => tf.imag(tf.spectral.ifft(tf.complex(a!, tf.square(a!)))),
    shapes: [[8]],
    cpuOnly: "complex ops",
  },

  { name: "sum", f: (x) => tf.sum(x!, 1), shapes: m },
  { name: "sum all", f: (x) => tf.sum(x!), shapes: m },
  { name: "mean", f: (x) => tf.mean(x!, [0, 2], true), shapes: [[2, 3, 4]] },
  { name: "cumsum", f: (x) => tf.cumsum(x!, 0, true, true), shapes: m },
  { name: "cumprod", f: (x) => tf.cumprod(x!, 1, false, false), shapes: m },
  { name: "cumprod, exclusive, reverse", f: (x) => tf.cumprod(x!, 0, true, true), shapes: m },
  { name: "prod", f: (x) => tf.prod(x!, [0, 2]), shapes: [[2, 3, 2]] },
  { name: "prod with a zero", f: (x) => tf.prod(tf.mul(x!, [0, 1, 1]), 1), shapes: [[2, 3]] },
  { name: "max", f: (x) => tf.max(x!, 1), shapes: m },
  { name: "max, leading axes, kept", f: (x) => tf.max(x!, [0, 2], true), shapes: [[2, 3, 4]] },
  { name: "max of all", f: (x) => tf.max(x!), shapes: m },
  { name: "min", f: (x) => tf.min(x!, 0), shapes: m },
  { name: "topk", f: (x) => tf.topk(x!, 2).values, shapes: [[2, 3, 5]] },
  { name: "softmax", f: (x) => tf.softmax(x!), shapes: m },
  { name: "logSoftmax", f: (x) => tf.logSoftmax(x!), shapes: m },
  { name: "logSumExp", f: (x) => tf.logSumExp(x!, 0), shapes: m },
  { name: "moments", f: (x) => tf.moments(x!, 1).variance, shapes: m },
  { name: "softmaxCrossEntropy", f: (x) => tf.losses.softmaxCrossEntropy(tf.oneHot([0, 2, 1], 4), x!), shapes: m },

  { name: "reshape", f: (x) => tf.square(tf.reshape(x!, [2, 6])), shapes: m },
  { name: "cast", f: (x) => tf.square(tf.cast(x!, "float32")), shapes: m },
  { name: "cast to int and back", f: (x) => tf.add(tf.cast(tf.cast(x!, "int32"), "float32"), x!), shapes: m },
  { name: "transpose", f: (x) => tf.transpose(x!, [2, 0, 1]), shapes: [[2, 3, 4]] },
  { name: "reverse", f: (x) => tf.reverse(x!, [1]), shapes: m },
  { name: "tile", f: (x) => tf.tile(x!, [2, 3]), shapes: m },
  { name: "broadcastTo", f: (x) => tf.broadcastTo(x!, [5, 3, 4]), shapes: [[3, 1]] },
  { name: "slice", f: (x) => tf.slice(x!, [1, 0], [2, 2]), shapes: m },
  { name: "stridedSlice", f: (x) => tf.stridedSlice(x!, [0, 3], [3, 0], [2, -1]), shapes: m },
  { name: "expandDims", f: (x) => tf.square(tf.expandDims(x!, 1)), shapes: m },
  { name: "squeeze", f: (x) => tf.square(tf.squeeze(x!)), shapes: [[3, 1, 2]] },
  {
    name: "pad",
    f: (x) =>
      tf.pad(
        x!,
        [
          [1, 0],
          [2, 1],
        ],
        5,
      ),
    shapes: m,
  },
  {
    name: "mirrorPad",
    f: (x) =>
      tf.mirrorPad(
        x!,
        [
          [1, 1],
          [0, 2],
        ],
        "reflect",
      ),
    shapes: m,
  },
  {
    name: "concat",
    f: (a, b) => tf.concat([a!, tf.ones([2, 4]), b!], 0),
    shapes: [
      [3, 4],
      [1, 4],
    ],
  },
  {
    name: "stack",
    f: (a, b) => tf.stack([a!, b!, tf.ones([3, 4])], 1),
    shapes: [
      [3, 4],
      [3, 4],
    ],
  },
  { name: "split", f: (x) => tf.split(x!, [1, 3], 1), shapes: m },
  { name: "unstack", f: (x) => tf.unstack(x!, 0), shapes: m },
  { name: "gather", f: (x) => tf.gather(x!, int([2, 0, 2, 1], [2, 2]), 0), shapes: m },
  { name: "gather, batched", f: (x) => tf.gather(x!, int([2, 0, 2, 1, 1, 3], [3, 2]), 1, 1), shapes: m },
  { name: "gatherND", f: (x) => tf.gatherND(x!, int([2, 0, 1, 3], [2, 2])), shapes: m },
  { name: "scatterND", f: (x) => tf.scatterND(int([4, 1, 4], [3, 1]), x!, [6, 4]), shapes: m },
  {
    name: "tensorScatterUpdate",
    f: (x, y) => tf.tensorScatterUpdate(x!, int([2, 0], [2, 1]), y!),
    shapes: [
      [3, 4],
      [2, 4],
    ],
  },
  { name: "sparseToDense", f: (x) => tf.sparseToDense(int([1, 3, 4], [3]), x!, [6], tf.scalar(2)), shapes: [[3]] },
  { name: "unsortedSegmentSum", f: (x) => tf.unsortedSegmentSum(x!, int<tf.Rank.R1>([1, 0, 1], [3]), 2), shapes: m },
  {
    name: "bincount",
    f: (x) => tf.bincount(int<tf.Rank.R1>([1, 0, 1], [3]), x! as tf.Tensor1D, 3),
    shapes: [[3]],
    cpuOnly: "tfjs-node returns int weights",
  },
  {
    name: "denseBincount",
    f: (x) => tf.denseBincount(int<tf.Rank.R2>([1, 0, 1, 2, 2, 1], [2, 3]), x! as tf.Tensor2D, 3),
    shapes: [[2, 3]],
    cpuOnly: "no such kernel in tfjs-node",
  },
  { name: "linalg.bandPart", f: (x) => tf.linalg.bandPart(x!, 1, 0), shapes: [[4, 4]] },
  { name: "diag", f: (x) => tf.diag(x!), shapes: [[3]] },
  { name: "depthToSpace", f: (x) => tf.depthToSpace(x! as tf.Tensor4D, 2, "NHWC"), shapes: [[1, 2, 2, 4]] },
  {
    name: "spaceToBatchND",
    f: (x) =>
      tf.spaceToBatchND(
        x!,
        [2, 2],
        [
          [0, 0],
          [0, 0],
        ],
      ),
    shapes: image,
  },
  {
    name: "batchToSpaceND",
    f: (x) =>
      tf.batchToSpaceND(
        x!,
        [2, 2],
        [
          [0, 0],
          [0, 0],
        ],
      ),
    shapes: [[4, 1, 2, 3]],
  },
  {
    name: "sparse.segmentSum",
    f: (x) =>
      tf.sparse.sparseSegmentSum(x! as tf.Tensor2D, int<tf.Rank.R1>([0, 2, 1], [3]), int<tf.Rank.R1>([0, 0, 1], [3])),
    shapes: m,
    cpuOnly: "no such kernel in tfjs-node",
  },
  {
    name: "sparse.segmentMean",
    f: (x) =>
      tf.sparse.sparseSegmentMean(x! as tf.Tensor2D, int<tf.Rank.R1>([0, 2, 1], [3]), int<tf.Rank.R1>([0, 0, 1], [3])),
    shapes: m,
    cpuOnly: "no such kernel in tfjs-node",
  },

  {
    name: "matMul",
    f: (a, b) => tf.matMul(a!, b!),
    shapes: [
      [3, 4],
      [4, 2],
    ],
  },
  {
    name: "matMul, transposed",
    f: (a, b) => tf.matMul(a!, b!, true, true),
    shapes: [
      [2, 4, 3],
      [2, 5, 4],
    ],
  },
  {
    name: "matMul, broadcast",
    f: (a, b) => tf.matMul(a!, b!, false, true),
    shapes: [
      [2, 2, 3, 4],
      [1, 1, 5, 4],
    ],
  },
  {
    name: "einsum",
    f: (a, b) => tf.einsum("bij,jk->bik", a!, b!),
    shapes: [
      [2, 3, 4],
      [4, 2],
    ],
  },
  ...(["relu", "relu6", "elu", "sigmoid", "leakyrelu", "linear"] as const).map((activation): Case => ({
    name: `fused.matMul, ${activation}`,
    f: (a, b, bias) => tf.fused.matMul({ a: a!, b: b!, bias: bias!, activation, leakyreluAlpha: 0.3 }),
    shapes: [[3, 4], [4, 2], [2]],
  })),
  {
    name: "fused.matMul, prelu",
    f: (a, b, bias, slope) =>
      tf.fused.matMul({ a: a!, b: b!, bias: bias!, activation: "prelu", preluActivationWeights: slope! }),
    shapes: [[3, 4], [4, 2], [2], [1, 2]],
    range: [0.1, 1],
  },
  {
    name: "fused.matMul, prelu below zero",
    f: (a, b, slope) => tf.fused.matMul({ a: tf.neg(a!), b: b!, activation: "prelu", preluActivationWeights: slope! }),
    shapes: [
      [3, 4],
      [4, 2],
      [1, 2],
    ],
    range: [0.1, 1],
  },
  {
    name: "conv2d",
    f: (x, w) => tf.conv2d(x! as tf.Tensor4D, w! as tf.Tensor4D, 2, "same"),
    shapes: [...image, [3, 3, 3, 2]],
  },
  {
    name: "conv2d, dilated",
    f: (x, w) => tf.conv2d(x! as tf.Tensor4D, w! as tf.Tensor4D, 1, "valid", "NHWC", [1, 2]),
    shapes: [...image, [3, 2, 3, 2]],
  },
  {
    name: "conv2dTranspose",
    f: (x, w) => tf.conv2dTranspose(x! as tf.Tensor4D, w! as tf.Tensor4D, [2, 8, 12, 2], 2, "same"),
    shapes: [...image, [3, 3, 2, 3]],
  },
  {
    name: "conv3d",
    f: (x, w) => tf.conv3d(x! as tf.Tensor5D, w! as tf.Tensor5D, 1, "same"),
    shapes: [
      [1, 3, 3, 3, 2],
      [2, 2, 2, 2, 1],
    ],
  },
  {
    name: "depthwiseConv2d",
    f: (x, w) => tf.depthwiseConv2d(x! as tf.Tensor4D, w! as tf.Tensor4D, 1, "same"),
    shapes: [...image, [3, 3, 3, 2]],
  },
  {
    name: "fused.conv2d",
    f: (x, filter, bias) =>
      tf.fused.conv2d({
        x: x! as tf.Tensor4D,
        filter: filter! as tf.Tensor4D,
        bias: bias!,
        strides: 1,
        pad: "same",
        activation: "relu",
      }),
    shapes: [...image, [3, 3, 3, 2], [2]],
  },
  {
    name: "fused.depthwiseConv2d",
    f: (x, filter, bias) =>
      tf.fused.depthwiseConv2d({
        x: x! as tf.Tensor4D,
        filter: filter! as tf.Tensor4D,
        bias: bias!,
        strides: 1,
        pad: "same",
        activation: "elu",
      }),
    shapes: [...image, [3, 3, 3, 2], [6]],
  },
  {
    name: "batchNorm",
    f: (x, mean, variance, offset, scale) =>
      tf.batchNorm(x!, mean as tf.Tensor1D, variance as tf.Tensor1D, offset as tf.Tensor1D, scale as tf.Tensor1D, 1e-2),
    shapes: [...image, [3], [3], [3], [3]],
    range: [0.2, 1.5],
  },
  {
    name: "batchNorm, bare",
    f: (x, mean) => tf.batchNorm(x!, mean as tf.Tensor1D, tf.ones([3])),
    shapes: [...image, [3]],
  },

  { name: "avgPool, same", f: (x) => tf.avgPool(x! as tf.Tensor4D, 3, 2, "same"), shapes: image },
  { name: "avgPool, valid", f: (x) => tf.avgPool(x! as tf.Tensor4D, 3, 1, "valid"), shapes: image },
  { name: "avgPool3d", f: (x) => tf.avgPool3d(x! as tf.Tensor5D, 2, 1, "valid"), shapes: [[1, 3, 3, 3, 2]] },
  { name: "maxPool", f: (x) => tf.maxPool(x! as tf.Tensor4D, 3, 2, "same"), shapes: image },
  { name: "maxPool, valid", f: (x) => tf.maxPool(x! as tf.Tensor4D, [2, 3], 1, "valid"), shapes: image },
  { name: "maxPool, whole windows", f: (x) => tf.maxPool(x! as tf.Tensor4D, 2, 2, "valid"), shapes: image },
  {
    name: "MaxPool3DGrad kernel",
    f: (dy) => {
      const input = tf.reshape(tf.range(0, 27), [1, 3, 3, 3, 1]) as tf.Tensor5D;
      const attrs = { filterSize: 3, strides: 3, pad: "valid" };
      return tf
        .engine()
        .runKernel("MaxPool3DGrad", { dy: dy!, input, output: tf.maxPool3d(input, 3, 3, "valid") }, attrs) as tf.Tensor;
    },
    shapes: [[1, 1, 1, 1, 1]],
  },
  { name: "resizeBilinear", f: (x) => tf.image.resizeBilinear(x! as tf.Tensor4D, [7, 5], false, true), shapes: image },
  { name: "resizeNearestNeighbor", f: (x) => tf.image.resizeNearestNeighbor(x! as tf.Tensor4D, [7, 5]), shapes: image },
  {
    name: "cropAndResize",
    f: (x) => tf.image.cropAndResize(x! as tf.Tensor4D, [[0, 0.1, 0.8, 0.9]], [1], [3, 3], "bilinear", 4),
    shapes: image,
  },
  { name: "flipLeftRight", f: (x) => tf.image.flipLeftRight(x! as tf.Tensor4D), shapes: image },
  {
    name: "rotateWithOffset",
    f: (x) => tf.image.rotateWithOffset(x! as tf.Tensor4D, 0.4, 3),
    shapes: image,
    cpuOnly: "no such kernel in tfjs-node",
  },
  {
    name: "transform",
    f: (x) =>
      tf.image.transform(x! as tf.Tensor4D, tf.tensor2d([[1, 0.2, 0, 0.1, 1, 0, 0, 0]]), "bilinear", "constant", 3),
    shapes: [[1, 4, 6, 3]],
    cpuOnly: "tfjs-node lacks it",
  },
];
