import * as tf from "@tensorflow/tfjs";

interface Attributes {
  readonly strides: [number, number] | number;
  readonly pad: "valid" | "same" | number;
  readonly dataFormat: "NHWC" | "NCHW";
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
  readonly filterShape: [number, number, number, number];
}

/**
 * `dW[r, c, i, o] = Σ_{b, y, x} input[b, y·s + r - p, x·s + c - p, i] · dy[b, y, x, o]`, channels last, as in tfjs's
 * cpu backend.
 */
export const conv2dBackpropFilter: tf.KernelFunc = ({ inputs, attrs, backend }) => {
  const kernelBackend = backend as tf.KernelBackend;
  const { x, dy } = inputs as Record<"x" | "dy", tf.TensorInfo>;
  const { strides, pad, dataFormat, dimRoundingMode, filterShape } = attrs as unknown as Attributes;
  if (dataFormat !== "NHWC")
    throw new Error(`Conv2DBackpropFilter on wasm: expected dataFormat NHWC, received ${dataFormat}`);
  const shape = x.shape as [number, number, number, number];
  const info = tf.backend_util.computeConv2DInfo(shape, filterShape, strides, 1, pad, dimRoundingMode);
  const input = kernelBackend.readSync(x.dataId) as Float32Array;
  const upstream = kernelBackend.readSync(dy.dataId) as Float32Array;
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = info;
  const gradient = new Float32Array(tf.util.sizeFromShape(filterShape));
  for (let r = 0; r < info.filterHeight; r++) {
    for (let c = 0; c < info.filterWidth; c++) {
      const tap = (r * info.filterWidth + c) * inChannels * outChannels;
      for (let position = 0; position < batchSize * outHeight * outWidth; position++) {
        const column = position % outWidth;
        const row = Math.floor(position / outWidth) % outHeight;
        const example = Math.floor(position / (outWidth * outHeight));
        const y = row * info.strideHeight + r - info.padInfo.top;
        const z = column * info.strideWidth + c - info.padInfo.left;
        if (y < 0 || y >= inHeight || z < 0 || z >= inWidth) continue;
        const from = ((example * inHeight + y) * inWidth + z) * inChannels;
        for (let i = 0; i < inChannels; i++) {
          const value = input[from + i]!;
          const to = tap + i * outChannels;
          for (let o = 0; o < outChannels; o++) gradient[to + o]! += value * upstream[position * outChannels + o]!;
        }
      }
    }
  }
  return {
    dataId: kernelBackend.write(gradient, [...filterShape], "float32"),
    shape: [...filterShape],
    dtype: "float32",
  };
};
