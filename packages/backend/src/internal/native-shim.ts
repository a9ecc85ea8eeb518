import { existsSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";

/** A TensorFlow graph while it is written. */
export interface NativeGraph {
  readonly _graph: never;
}

/** Our own addon (native/vpt_native.cc), beside tfjs-node's. */
export interface NativeShim {
  setSessionConfig(config: Uint8Array): void;
  /** Bytes of a ServerDef: the context to come is that task of a cluster. */
  setServer(definition: Uint8Array): void;
  /** For the whole process and for good. */
  keepFreedMemory(): void;
  /**
   * For the whole process: sets, when told, whether GPUs may round factors of products to TensorFloat-32, and says what
   * holds; nothing where TensorFlow has no such switch.
   */
  tensorFloat32(allowed?: boolean): boolean | undefined;
  hasContext(): boolean;
  /** For the whole process: TensorFlow knows the operation VptSharedMean (native/shared_mean.h). */
  registerSharedMean(): void;
  newGraph(): NativeGraph;
  /** Inputs and outputs are pairs (operation, output), flat; see native/vpt_native.cc for the answer. */
  addNode(
    graph: NativeGraph,
    op: string,
    inputs: readonly (readonly number[])[],
    lists: readonly number[],
    attributes: readonly string[],
    values: readonly Uint8Array[],
  ): number[];
  addFunction(
    name: string,
    graph: NativeGraph,
    operations: readonly number[],
    inputs: readonly number[],
    outputs: readonly number[],
    xla: boolean,
  ): void;
  opDefinition(name: string): Uint8Array;
  removeFunction(name: string): void;
  captureStderr(): void;
  releaseStderr(): string;
}

/** Where provisioning puts the shim for a binding. */
export const shimPath = (bindingPath: string): string => join(dirname(bindingPath), "vpt_native.node");

let loaded: NativeShim | undefined;

/** Loads the shim in front of tfjs-node's addon; undefined when it was not built (then there is no `compile`). */
export const loadShim = (bindingPath: string): NativeShim | undefined => {
  const path = shimPath(bindingPath);
  if (loaded || !existsSync(path)) return loaded;
  const module = { exports: {} };
  process.dlopen(module, path, constants.dlopen.RTLD_NOW | constants.dlopen.RTLD_GLOBAL);
  loaded = module.exports as NativeShim;
  return loaded;
};

/** The shim, when it is loaded and has seen tfjs-node make its context. */
export const activeShim = (): NativeShim | undefined => (loaded?.hasContext() ? loaded : undefined);
