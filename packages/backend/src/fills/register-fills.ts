import * as tf from "@tensorflow/tfjs";
import { batchMatMulGradient } from "./batch-mat-mul-gradient.js";
import { conv2dBackpropFilter } from "./conv2d-backprop-filter.js";
import { einsumGradient } from "./einsum-gradient.js";
import { gatherNdGradient } from "./gather-nd-gradient.js";
import { unsortedSegmentSum } from "./unsorted-segment-sum.js";

/** Survives two copies of this package on one tfjs: a gradient must not be wrapped twice. */
const done = Symbol.for("vpt.backend.fills");

const registerGradients = (): void => {
  const global = globalThis as { [done]?: boolean };
  if (global[done]) return;
  global[done] = true;
  for (const config of [gatherNdGradient, einsumGradient])
    if (!tf.getGradient(config.kernelName)) tf.registerGradient(config);
  const stock = tf.getGradient("BatchMatMul");
  tf.unregisterGradient("BatchMatMul");
  tf.registerGradient(batchMatMulGradient(stock));
};

const registerKernels = (backendName: string): void => {
  if (backendName === "wasm" && !tf.getKernel("Conv2DBackpropFilter", "wasm"))
    tf.registerKernel({ kernelName: "Conv2DBackpropFilter", backendName, kernelFunc: conv2dBackpropFilter });
  if (
    backendName === "tensorflow" ||
    tf.getKernel("UnsortedSegmentSum", backendName)?.kernelFunc === unsortedSegmentSum
  )
    return;
  if (tf.getKernel("UnsortedSegmentSum", backendName)) tf.unregisterKernel("UnsortedSegmentSum", backendName);
  tf.registerKernel({ kernelName: "UnsortedSegmentSum", backendName, kernelFunc: unsortedSegmentSum });
};

/** Registers what tfjs lacks: gradients of GatherNd, Einsum and broadcast BatchMatMul, and kernels of the backend in use. */
export const registerFills = (): void => {
  registerGradients();
  registerKernels(tf.getBackend());
};
