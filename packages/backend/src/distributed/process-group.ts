import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { activeShim } from "../internal/native-shim.js";
import { BackendError } from "../backend-error.js";
import { type OpAttribute, attributeType, dataType } from "../compile/attribute-value.js";
import type { NodeBackend } from "../compile/node-backend.js";
import type { Cluster } from "./cluster.js";

/** This process among those of a run that share their gradients. */
export interface ProcessGroup {
  /** 0 … size − 1. Rank 0 is the one that writes. */
  readonly rank: number;
  readonly size: number;
  /**
   * The mean over all processes of each tensor, the same bits in every one. All must call it with the same names,
   * shapes and label, in any order of labels; a call waits for the slowest. Works inside compiled functions too, where
   * it is part of the graph.
   *
   * @param tensors float32, by name; left alone.
   * @param label Tells this call from others that may run at the same time.
   * @returns New tensors, owned by the caller.
   * @throws {BackendError} When another process has gone: this one cannot go on alone.
   */
  readonly allReduce: <T extends Readonly<Record<string, tf.Tensor>>>(tensors: T, label: string) => T;
}

let cluster: Cluster | undefined;

/** Remembers the cluster that the native runtime was started in. */
export const setCluster = (started: Cluster | undefined): void => {
  cluster = started;
};

/**
 * A positive int32 that all processes derive from the same text (FNV-1a). TensorFlow remembers the shape that a key was
 * first used with.
 */
const keyOf = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash & 0x7fffffff;
};

/** Seconds that a process waits for the others; scoring and saving of rank 0 lie within it. */
const patienceSeconds = (): number => Number(process.env["VPT_COLLECTIVE_TIMEOUT"] ?? 3600);

/**
 * A folder in memory, which `vpt launch` makes for processes of one machine; undefined: they speak over the network.
 */
const sharedFolder = (backend: NodeBackend): string | undefined =>
  backend.isUsingGpuDevice ? undefined : process.env["VPT_SHARED_MEMORY"] || undefined;

/** The means through shared memory, all in one operation (native/shared_mean.h). */
const sharedMeans = (tensors: readonly tf.Tensor[], folder: string, label: string, { rank, addresses }: Cluster) => {
  activeShim()!.registerSharedMean();
  const { integer, string, float } = attributeType;
  const numbers = { N: tensors.length, rank, size: addresses.length };
  const given: readonly OpAttribute[] = [
    ...Object.entries(numbers).map(([name, value]) => ({ name, type: integer, value })),
    { name: "path", type: string, value: join(folder, String(keyOf(label))) },
    { name: "timeout_seconds", type: float, value: patienceSeconds() },
  ];
  const backend = tf.backend() as unknown as NodeBackend;
  return backend.executeMultipleOutputs("VptSharedMean", given, tensors, tensors.length);
};

const attributes = (): readonly OpAttribute[] => [
  { name: "T", type: attributeType.type, value: dataType.float },
  { name: "merge_op", type: attributeType.string, value: "Add" },
  { name: "final_op", type: attributeType.string, value: "Div" },
  { name: "communication_hint", type: attributeType.string, value: "auto" },
  { name: "timeout_seconds", type: attributeType.float, value: patienceSeconds() },
  { name: "is_stateless", type: attributeType.boolean, value: false },
  { name: "Nordering_token", type: attributeType.integer, value: 0 },
  { name: "max_subdivs_per_device", type: attributeType.integer, value: -1 },
];

/**
 * The processes of this run, when `TF_CONFIG` names more than one and {@link useBackend} has started the native runtime
 * among them; undefined in a process on its own.
 *
 * @example
 * await useBackend();
 * const { rank = 0, size = 1, allReduce } = processGroup() ?? {};
 * const mean = allReduce ? allReduce({ loss }, "loss") : { loss };
 * @category runtime
 */
export const processGroup = (): ProcessGroup | undefined => {
  if (!cluster || tf.getBackend() !== "tensorflow" || !activeShim()) return undefined;
  const { rank, addresses } = cluster;
  const size = addresses.length;
  const reduce = (tensor: tf.Tensor, key: number): tf.Tensor => {
    const backend = tf.backend() as unknown as NodeBackend;
    const numbers = [size, 1, key].map((value) => tf.scalar(value, "int32"));
    return backend.executeSingleOutput("CollectiveReduceV2", attributes(), [tensor, ...numbers]);
  };
  return {
    rank,
    size,
    allReduce: <T extends Readonly<Record<string, tf.Tensor>>>(tensors: T, label: string): T => {
      const [names, values] = [Object.keys(tensors), Object.values(tensors)];
      const folder = sharedFolder(tf.backend() as unknown as NodeBackend);
      const keyAt = (i: number): number => keyOf(`${label}/${names[i]}[${values[i]!.shape}]`);
      try {
        return tf.tidy(() => {
          const means =
            folder !== undefined && values.length > 0
              ? sharedMeans(values, folder, label, cluster!)
              : values.map((tensor, i) => reduce(tensor, keyAt(i)));
          return Object.fromEntries(names.map((name, i) => [name, means[i]!]));
        }) as unknown as T;
      } catch (error) {
        throw gone(error, cluster!);
      }
    },
  };
};

/** The binding's "Invalid TF_Status: 14\nMessage: …", without the account of who told whom. */
const reasonOf = (error: unknown): string =>
  (error as Error).message
    .replace(/^Invalid TF_Status: \d+\s*(Message: )?/, "")
    .split("\n")[0]!
    .slice(0, 160);

/** TensorFlow's account of a broken collective in one line. */
const gone = (error: unknown, { rank, addresses }: Cluster): Error =>
  new BackendError({
    step: "all-reduce",
    problem: `process ${rank} of ${addresses.length} lost another one (${reasonOf(error)})`,
    fix: "start all of them again with --resume",
  });
