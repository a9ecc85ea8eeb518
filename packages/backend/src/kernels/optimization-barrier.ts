import * as tf from "@tensorflow/tfjs";
import { attributeType, dataType } from "../compile/attribute-value.js";
import type { NodeBackend } from "../compile/node-backend.js";

const types: Readonly<Record<string, number>> = { float32: dataType.float, int32: dataType.int32, bool: dataType.bool };

/**
 * `x` beside `other` in one operation of a graph that gives both on, so that TensorFlow has neither before it has both;
 * outside of graphs `x`.
 */
export const optimizationBarrier: tf.KernelFunc = ({ inputs, backend }) => {
  const node = backend as unknown as NodeBackend;
  const { x, other } = inputs as Record<"x" | "other", tf.TensorInfo>;
  const isInGraph = [x, other].some(({ dataId }) => node.tensorMap.get(dataId).id < -1); // see `trace`
  if (!isInGraph) {
    (backend as tf.KernelBackend).incRef(x.dataId);
    return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
  }
  const both = { name: "T", type: attributeType.type, value: [x, other].map(({ dtype }) => types[dtype]) };
  const [same, rest] = node.executeMultipleOutputs("IdentityN", [both], [x, other], 2);
  rest!.dispose();
  return same!;
};

/** `dy` as it comes; nothing leads back to what was waited for. */
export const notBeforeGradient: tf.GradConfig = {
  kernelName: "NotBefore",
  inputsToSave: ["other"],
  gradFunc: (dy, [other]) => ({ x: () => dy as tf.Tensor, other: () => tf.zerosLike(other!) }),
};
