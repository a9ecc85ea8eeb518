import type * as tf from "@tensorflow/tfjs";
import type { Params } from "./contracts.js";

/** Reads and writes named tensors; `@vpt/weights` has one for safetensors. */
export interface TensorFile {
  readonly extension: string;
  write(path: string, tensors: Params): Promise<void>;
  read(path: string): Promise<Record<string, tf.Tensor>>;
}
