import { cpus, totalmem } from "node:os";
import * as tf from "@tensorflow/tfjs";

/** Returns the versions and the hardware of this process, as a summary records them. */
export function environment(): Readonly<Record<string, string>> {
  const processors = cpus();
  return {
    processor: `${processors.length} × ${processors[0]?.model.trim() ?? "unknown"}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    node: process.version,
    "TensorFlow.js": tf.version_core,
  };
}
