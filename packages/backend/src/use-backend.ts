import * as tf from "@tensorflow/tfjs";
import { BackendError } from "./backend-error.js";
import { clusterOf } from "./distributed/cluster.js";
import { setDefaultPrecision } from "./compile/compile.js";
import { registerMissingKernels } from "./kernels/register-missing-kernels.js";
import { loadNative } from "./internal/load-native.js";
import { activeShim } from "./internal/native-shim.js";
import type { Log } from "./internal/log.js";
import { provisionRuntime } from "./provision-runtime.js";

export interface BackendOptions {
  /**
   * "auto" (default): TensorFlow's native runtime, on the GPU if it sees one. "cpu", "cuda": the native runtime on that
   * device. "wasm", "js": tfjs's own backends, no native code.
   */
  readonly device?: "auto" | "cpu" | "cuda" | "wasm" | "js";
  /**
   * GPU memory. `growth` (default true): take it is needed, not all at once. `limitBytes`: never take more.
   * `keepFreed`: the process keeps what it frees for its next step, instead of giving pages back to the system and
   * faulting them in again. Default: only where `TF_ENABLE_ONEDNN_OPTS=0`, as oneDNN's allocator keeps a pool of its
   * own.
   */
  readonly memory?: { readonly growth?: boolean; readonly limitBytes?: number; readonly keepFreed?: boolean };
  /**
   * Of matrix products and convolutions; parameters are float32 always. "f32" (default): float32, on GPUs too, where
   * TensorFlow left alone would take TensorFloat-32. "tf32": GPUs that have it round factors to TensorFloat-32 (10 bits
   * of mantissa); the same as "f32" on processors. "bf16": functions made with {@link compile} multiply matrices in
   * bfloat16, the rest is as with "f32". Other backends compute in float32 throughout.
   */
  readonly precision?: "f32" | "tf32" | "bf16";
  /** Most threads for one operation and for operations side by side; default: TensorFlow's choice, all cores. */
  readonly threads?: number;
  /** Run {@link provisionRuntime} first when the native runtime is not in place. Default false: fall back instead. */
  readonly provision?: boolean;
  /** Told what provisioning does and, in one line, why a slower backend is used. Default: `console.warn`. */
  readonly log?: Log;
}

/** The backend in use. */
export interface BackendInfo {
  /** tfjs's name of it. */
  readonly name: "tensorflow" | "wasm" | "cpu";
  /** True on TensorFlow's own runtime. */
  readonly native: boolean;
  readonly device: "cuda" | "cpu";
  readonly tensorflowVersion?: string;
  /** Why it is not what was asked for; absent when it is. */
  readonly reason?: string;
}

const useNative = async (options: BackendOptions, log: Log): Promise<BackendInfo> => {
  const { device = "auto" } = options;
  if (options.provision)
    await provisionRuntime({ device: device === "cuda" || device === "cpu" ? device : "auto", log });
  if (device === "cpu") process.env["CUDA_VISIBLE_DEVICES"] = "-1";
  const binding = await loadNative(options);
  await tf.setBackend("tensorflow");
  const info = { name: "tensorflow", native: true, tensorflowVersion: binding.TF_Version } as const;
  if (binding.isUsingGpuDevice()) return { ...info, device: "cuda" };
  if (device !== "cuda") return { ...info, device: "cpu" };
  const reason = 'TensorFlow sees no GPU. To mend it: check `nvidia-smi`, then provisionRuntime({ device: "cuda" })';
  log(`@vpt/backend: using TensorFlow on the CPU, because ${reason}`);
  return { ...info, device: "cpu", reason };
};

const useWasm = async (): Promise<BackendInfo> => {
  await import("@tensorflow/tfjs-backend-wasm");
  if (!(await tf.setBackend("wasm"))) throw new Error("tfjs-backend-wasm did not start");
  return { name: "wasm", native: false, device: "cpu" };
};

const useJs = async (): Promise<BackendInfo> => {
  await tf.setBackend("cpu");
  (tf.backend() as { firstUse?: boolean }).firstUse = false; // tfjs's banner; our one line says it better
  return { name: "cpu", native: false, device: "cpu" };
};

const aloneOnly = (device: string): BackendError =>
  new BackendError({
    step: "TF_CONFIG",
    problem: `it names several processes, and device "${device}" works alone`,
    fix: 'use device "auto", "cpu" or "cuda", or unset TF_CONFIG',
  });

const select = async (options: BackendOptions, log: Log): Promise<BackendInfo> => {
  const { device = "auto" } = options;
  const isOneOfMany = clusterOf(process.env["TF_CONFIG"]) !== undefined;
  if (device === "js" || device === "wasm") {
    if (isOneOfMany) throw aloneOnly(device);
    return device === "js" ? useJs() : useWasm();
  }
  try {
    return await useNative(options, log);
  } catch (error) {
    if (isOneOfMany) throw error; // alone on a slower backend it would train a model of its own
    const info = await useWasm().catch(useJs);
    const reason = (error as Error).message
      .split("\n")
      .slice(0, 2)
      .map((line) => line.trim())
      .join(". ");
    log(
      `@vpt/backend: using the slower ${info.name === "wasm" ? "wasm" : "plain JavaScript"} backend, because ${reason}`,
    );
    return { ...info, reason };
  }
};

/**
 * Sets the fastest tfjs backend that works here: TensorFlow's native runtime if {@link provisionRuntime} (or
 * `npx vpt setup`) has put it in place, else wasm where it is installed, else plain JavaScript, with one line that says
 * why and what to do. Also registers the gradients and kernels that tfjs lacks. Call it before making tensors; a native
 * runtime keeps the device, memory and thread options of its first call, as they are read when TensorFlow starts. Where
 * `TF_CONFIG` names several processes this one joins them; see {@link processGroup}.
 *
 * @returns What is in use. Falling back is not an error; a missing "wasm" that was asked for is.
 * @throws {Error} When `device: "wasm"` is asked for and `@tensorflow/tfjs-backend-wasm` is not installed.
 * @throws {BackendError} When `TF_CONFIG` names several processes and the native runtime does not start: nothing is
 *   trained alone.
 * @example
 * const { name, device } = await useBackend();
 * console.log(name, device); // tensorflow cpu
 * @category runtime
 */
export const useBackend = async (options: BackendOptions = {}): Promise<BackendInfo> => {
  const info = await select(options, options.log ?? console.warn);
  await tf.ready();
  registerMissingKernels();
  setDefaultPrecision(options.precision === "bf16" ? "bf16" : "f32");
  activeShim()?.tensorFloat32(options.precision === "tf32");
  return info;
};
