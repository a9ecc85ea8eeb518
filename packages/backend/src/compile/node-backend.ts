import type * as tf from "@tensorflow/tfjs";
import type { OpAttribute } from "./attribute-value.js";

/** What tfjs-node's addon tells of a tensor; `dtype` is a TF_DataType. */
export interface NativeTensor {
  readonly id: number;
  readonly shape: readonly number[];
  readonly dtype: number;
}

export type TensorContent = Uint8Array | Int32Array | Float32Array | readonly Uint8Array[];

/** tfjs-node's addon, as its backend calls it. */
export interface Binding {
  createTensor(shape: readonly number[], dtype: number, values: TensorContent): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): unknown;
  executeOp(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly number[],
    outputs: number,
  ): NativeTensor[];
}

export interface StoredTensor {
  readonly shape: readonly number[];
  readonly dtype: number;
  id: number;
  /** Values that are not in TensorFlow yet; they go there with the tensor's first use. */
  values: TensorContent | null;
}

/** The parts of tfjs-node's backend that a tracer works with. */
export interface NodeBackend {
  binding: Binding;
  readonly isUsingGpuDevice: boolean;
  readonly tensorMap: { get(dataId: object): StoredTensor; has(dataId: object): boolean };
  getInputTensorIds(tensors: readonly tf.TensorInfo[]): number[];
  executeSingleOutput(op: string, attributes: readonly OpAttribute[], inputs: readonly tf.TensorInfo[]): tf.Tensor;
  executeMultipleOutputs(
    op: string,
    attributes: readonly OpAttribute[],
    inputs: readonly tf.TensorInfo[],
    outputs: number,
  ): tf.Tensor[];
  createOutputTensor(tensor: NativeTensor): tf.Tensor;
  write(values: TensorContent, shape: readonly number[], dtype: string): object;
}
