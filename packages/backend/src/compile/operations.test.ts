import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { nativeUnavailable } from "../internal/native-for-tests.js";
import { useBackend } from "../use-backend.js";
import { compile } from "./compile.js";

// With oneDNN, TensorFlow takes another convolution in graphs than in eager execution; it differs in the last bit.
process.env["TF_ENABLE_ONEDNN_OPTS"] = "0";
const unavailable = await nativeUnavailable();

const matrix = (x: tf.Tensor) => x.reshape([4, 6]) as tf.Tensor2D;
const image = (x: tf.Tensor) => x.reshape([1, 2, 3, 4]) as tf.Tensor4D;
const ids = () => tf.tensor1d([1, 3, 1], "int32");

/** Operations that this project uses, each from 24 numbers. Many leave attributes out that a graph needs. */
const operations: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor | tf.Tensor[]>> = {
  expandDims: (x) => tf.expandDims(x, 0),
  concat: (x) => tf.concat([x, x, tf.ones([2])]),
  stack: (x) => tf.stack([x, tf.neg(x)]),
  split: (x) => tf.split(x, 3),
  unstack: (x) => tf.unstack(matrix(x)),
  topk: (x) => Object.values(tf.topk(matrix(x), 2)),
  gather: (x) => tf.gather(matrix(x), ids()),
  "gradient of gather": tf.grad((x) => tf.gather(matrix(x), ids()).square()),
  gatherND: (x) => tf.gatherND(matrix(x), tf.tensor2d([[1, 2]], [1, 2], "int32")),
  scatterND: (x) => tf.scatterND(tf.tensor2d([[1], [3]], [2, 1], "int32"), x.slice(0, 2), [5]),
  oneHot: (x) => tf.oneHot(tf.argMax(matrix(x), 1).toInt(), 6),
  where: (x) => tf.where(x.greater(0), x, tf.zerosLike(x)),
  slice: (x) => matrix(x).slice([1, 2], [2, 3]),
  stridedSlice: (x) => matrix(x).stridedSlice([0, 5], [4, 0], [2, -2]),
  pad: (x) =>
    matrix(x).pad(
      [
        [1, 0],
        [0, 2],
      ],
      3,
    ),
  tile: (x) => tf.tile(x, [2]),
  reverse: (x) => tf.reverse(x, 0),
  transpose: (x) => matrix(x).transpose(),
  cumsum: (x) => tf.cumsum(matrix(x), 1, true),
  einsum: (x) => tf.einsum("ij,kj->ik", matrix(x), matrix(x)),
  clip: (x) => tf.clipByValue(x, -0.5, 0.5),
  erf: (x) => tf.erf(x),
  pow: (x) => tf.pow(tf.abs(x), 1.5),
  logSoftmax: (x) => tf.logSoftmax(matrix(x)),
  logSumExp: (x) => tf.logSumExp(matrix(x), 1),
  moments: (x) => Object.values(tf.moments(matrix(x), 0)),
  any: (x) => tf.any(x.greater(0)),
  logical: (x) => tf.logicalAnd(x.greater(0), tf.logicalNot(x.less(0.5))),
  prod: (x) => tf.prod(matrix(x), 1),
  floorDiv: (x) => tf.floorDiv(tf.mul(x, 100).toInt(), tf.scalar(7, "int32")),
  linspace: (x) => tf.add(x, tf.linspace(0, 1, 24)),
  conv2d: (x) => tf.conv2d(image(x), tf.ones([2, 2, 4, 3]) as tf.Tensor4D, 1, "same"),
  "gradient of conv2d": tf.grad((x) => tf.conv2d(image(x), tf.ones([2, 2, 4, 3]) as tf.Tensor4D, 1, "same").square()),
  conv2dTranspose: (x) => tf.conv2dTranspose(image(x), tf.ones([2, 2, 3, 4]) as tf.Tensor4D, [1, 4, 6, 3], 2, "same"),
  maxPool: (x) => tf.maxPool(image(x), 2, 1, "valid"),
  "gradient of avgPool": tf.grad((x) => tf.avgPool(image(x), 2, 1, "valid").square()),
  resizeBilinear: (x) => tf.image.resizeBilinear(image(x), [5, 5]),
  "gradient of resizeBilinear": tf.grad((x) => tf.image.resizeBilinear(image(x), [5, 5]).square()),
  batchNorm: (x) => tf.batchNorm(image(x), tf.zeros([4]), tf.ones([4])),
  gelu: (x) => tf.mul(x, tf.add(0.5, tf.mul(0.5, tf.erf(tf.div(x, Math.SQRT2))))),
  strings: (x) => tf.cast(tf.equal(tf.tensor1d(["a", "b"]), tf.scalar("b")), "float32").add(x.slice(0, 2)),
};

describe.skipIf(unavailable)("compiled operations give what eager ones give", () => {
  beforeAll(async () => {
    await useBackend({ device: "cpu" });
  });

  it.each(Object.entries(operations))("%s", (_, f) => {
    const x = tf.randomUniform([24], -1, 1, "float32", 1);
    const list = (y: tf.Tensor | tf.Tensor[]) =>
      [y].flat().map((t) => ({ shape: t.shape, dtype: t.dtype, values: [...t.dataSync()] }));
    expect(list(compile(f)(x))).toEqual(list(f(x)));
  });
});
