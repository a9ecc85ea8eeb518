import * as tf from "@tensorflow/tfjs";
import type { NodeBackend } from "../compile/node-backend.js";

// TF_AttrType and TF_DataType of the attributes below.
const intAttribute = 1;
const typeAttribute = 4;
const dataTypes: Readonly<Record<string, number>> = { float32: 1, int32: 3, string: 7, complex64: 8, bool: 10 };

/**
 * `gather` of tfjs-node without its copy of all indices to JavaScript, which stalls a GPU and cannot be compiled.
 * TensorFlow checks the range itself on the CPU; on a GPU an index out of range gives zeros.
 */
export const gatherV2: tf.KernelFunc = ({ inputs, attrs, backend }) => {
  const { x, indices } = inputs as Record<"x" | "indices", tf.TensorInfo>;
  const { axis, batchDims } = attrs as { axis: number; batchDims: number };
  const axisTensor = tf.scalar(axis, "int32");
  const result = (backend as unknown as NodeBackend).executeSingleOutput(
    "GatherV2",
    [
      { name: "batch_dims", type: intAttribute, value: batchDims },
      { name: "Tparams", type: typeAttribute, value: dataTypes[x.dtype] },
      { name: "Tindices", type: typeAttribute, value: dataTypes[indices.dtype] },
      { name: "Taxis", type: typeAttribute, value: dataTypes["int32"] },
    ],
    [x, indices, axisTensor],
  );
  axisTensor.dispose();
  return result;
};
