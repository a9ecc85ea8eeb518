import type { KernelFunc, KernelBackend, TypedArray } from "@tensorflow/tfjs";

/**
 * `out[ids[i], …] += x[i, …]` in one pass. wasm has no such kernel, and the plain JavaScript one passes over all of x
 * for every segment: with a vocabulary of 50,000 the gradient of an embedding took minutes. Ids out of range are
 * dropped.
 */
export const unsortedSegmentSum: KernelFunc = ({ inputs, attrs, backend }) => {
  const kernelBackend = backend as KernelBackend;
  const { x, segmentIds } = inputs as Record<"x" | "segmentIds", NonNullable<(typeof inputs)[string]>>;
  const segments = attrs!["numSegments"] as number;
  const values = kernelBackend.readSync(x.dataId) as TypedArray;
  const ids = kernelBackend.readSync(segmentIds.dataId) as TypedArray;
  const shape = [segments, ...x.shape.slice(segmentIds.shape.length)];
  const width = shape.slice(1).reduce((product, size) => product * size, 1);
  const sums = x.dtype === "int32" ? new Int32Array(segments * width) : new Float32Array(segments * width);
  for (let row = 0; row < ids.length; row++) {
    const id = ids[row]!;
    if (id < 0 || id >= segments) continue;
    const from = row * width;
    const to = id * width;
    for (let i = 0; i < width; i++) sums[to + i]! += values[from + i]!;
  }
  return { dataId: kernelBackend.write(sums, shape, x.dtype), shape, dtype: x.dtype };
};
