import * as tf from "@tensorflow/tfjs";
import { batchMatMulGradient } from "./batch-mat-mul-gradient.js";
import { conv2dBackpropFilter } from "./conv2d-backprop-filter.js";
import { einsumGradient } from "./einsum-gradient.js";
import { gatherV2 } from "./gather-v2.js";
import { gatherNdGradient } from "./gather-nd-gradient.js";
import { optimizationBarrier, notBeforeGradient } from "./optimization-barrier.js";
import { sigmoidGradient, squareGradient } from "./late-gradients.js";
import { meanGradient, sumGradient } from "./sum-gradient.js";
import { unsortedSegmentSum } from "./unsorted-segment-sum.js";

/** Survives two copies of this package on one tfjs: a gradient must not be wrapped twice. */
const done = Symbol.for("vpt.backend.fills");

const registerGradients = (): void => {
  const global = globalThis as { [done]?: boolean };
  if (global[done]) return;
  global[done] = true;
  for (const config of [gatherNdGradient, einsumGradient, notBeforeGradient])
    if (!tf.getGradient(config.kernelName)) tf.registerGradient(config);
  for (const config of [sumGradient, meanGradient, sigmoidGradient, squareGradient]) {
    tf.unregisterGradient(config.kernelName);
    tf.registerGradient(config);
  }
  const stock = tf.getGradient("BatchMatMul");
  tf.unregisterGradient("BatchMatMul");
  tf.registerGradient(batchMatMulGradient(stock));
};

const replaceKernel = (kernelName: string, backendName: string, kernelFunc: tf.KernelFunc): void => {
  const current = tf.getKernel(kernelName, backendName);
  if (current?.kernelFunc === kernelFunc) return;
  if (current) tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({ kernelName, backendName, kernelFunc });
};

const registerKernels = (backendName: string): void => {
  if (backendName === "tensorflow") {
    replaceKernel("NotBefore", backendName, optimizationBarrier);
    return replaceKernel("GatherV2", backendName, gatherV2);
  }
  replaceKernel("UnsortedSegmentSum", backendName, unsortedSegmentSum);
  if (backendName === "wasm") replaceKernel("Conv2DBackpropFilter", backendName, conv2dBackpropFilter);
};

/**
 * Registers what tfjs lacks: gradients of GatherNd, Einsum and broadcast BatchMatMul, cheaper ones of Sum, Mean,
 * Sigmoid and Square, and kernels of the backend in use.
 */
export const registerMissingKernels = (): void => {
  registerGradients();
  registerKernels(tf.getBackend());
};
