import * as tf from "@tensorflow/tfjs";
import { activeShim } from "../internal/native-shim.js";
import { CompileError } from "./compile-error.js";
import type { NodeBackend } from "./node-backend.js";
import { flattenTree, type FlatTree } from "./tensor-tree.js";
import { trace, type Native } from "./trace.js";

export interface CompileOptions {
  /**
   * Have XLA compile the whole function: slower to start, fewer and larger kernels. Default false. Not bit-equal to
   * eager.
   */
  readonly xla?: boolean;
  /**
   * "bf16" multiplies matrices in bfloat16; everything else stays float32. Default: what {@link useBackend} was given,
   * else "f32".
   */
  readonly precision?: "f32" | "bf16";
  /** Most traces kept, one a signature; the one not used for longest goes. Default 8. */
  readonly cacheSize?: number;
  /** Told in one line when traces are thrown away and made again. Default: `console.warn`. */
  readonly log?: (line: string) => void;
}

/** A compiled function: called like `f`, and `dispose` frees its traces. */
export type Compiled<Args extends readonly unknown[], Result> = ((...args: Args) => Result) & {
  /** Removes the traces from TensorFlow; a later call traces anew. */
  dispose(): void;
  /** How many traces are kept. */
  readonly traces: number;
};

interface Traced {
  readonly name: string;
  readonly captures: readonly number[];
  readonly outputs: number;
  rebuild(tensors: readonly tf.Tensor[]): unknown;
}

let defaultPrecision: "f32" | "bf16" = "f32";

/** Sets what `precision` is where {@link compile} is not told. */
export const setDefaultPrecision = (precision: "f32" | "bf16"): void => {
  defaultPrecision = precision;
};

let counter = 0;
let tracing = false;
let warned = false;

/**
 * The backend and the shim when a function can be compiled now; undefined on other backends, inside a trace and under a
 * gradient.
 */
const nativeNow = (log: (line: string) => void): Native | undefined => {
  if (tracing || tf.getBackend() !== "tensorflow" || tf.engine().state.gradientDepth > 0) return undefined;
  const shim = activeShim();
  if (!shim && !warned) {
    warned = true;
    log(
      "compile: functions run uncompiled, because TensorFlow was loaded without @vpt/backend's addon. " +
        "Call useBackend before anything loads tfjs-node; if that is so, run npx vpt setup",
    );
  }
  return shim && { backend: tf.backend() as unknown as NodeBackend, shim };
};

interface Recording {
  readonly label: string;
  readonly bfloat16: boolean;
  readonly xla: boolean;
}

/** Runs f once on placeholders and registers what it did as a function of TensorFlow. */
const record = (
  f: (...args: readonly never[]) => unknown,
  { tensors, rebuild: argumentsOf }: FlatTree,
  native: Native,
  { label, bfloat16, xla }: Recording,
): Traced => {
  let rebuild: Traced["rebuild"] = () => undefined;
  tracing = true;
  tf.engine().startScope(label); // what runs while recording is thrown away: the first call, too, runs the graph
  try {
    const run = (placeholders: readonly tf.Tensor[]) => {
      const result = flattenTree(f(...(argumentsOf(placeholders) as never[])), refuse(label));
      if (result.hasPlainValues)
        throw new CompileError(label, "f returns a number, string or boolean, which would be frozen; return tensors");
      rebuild = result.rebuild;
      return result.tensors;
    };
    const { graph, operations, inputs, outputs, captures } = trace(native, tensors, run, {
      functionName: label,
      bfloat16,
    });
    const name = `vpt_${label.replaceAll(/\W/g, "_")}_${process.pid}_${counter++}`;
    native.shim.addFunction(name, graph, operations, inputs.flat(), outputs.flat(), xla);
    return { name, captures, outputs: outputs.length, rebuild };
  } finally {
    tf.engine().endScope();
    tracing = false;
  }
};

const refuse =
  (label: string) =>
  (what: string, path: string): never => {
    throw new CompileError(
      label,
      `expected tensors, arrays and plain records, received ${what} at ${path || "the top"}`,
    );
  };

/** Traces by signature; beyond `size` the one that was used longest ago goes. */
const createTraceCache = (label: string, size: number, log: (line: string) => void) => {
  const traces = new Map<string, Traced>();
  let traceCount = 0;
  return {
    traces,
    find(signature: string, make: () => Traced, shim: Native["shim"]): Traced {
      const known = traces.get(signature);
      const traced = known ?? make();
      traces.delete(signature); // to the end: the most recently used
      traces.set(signature, traced);
      if (known) return traced;
      traceCount++;
      const [[oldest, old]] = traces as unknown as [[string, Traced]];
      if (traces.size > size) {
        shim.removeFunction(old.name);
        traces.delete(oldest);
        if (traceCount === size + 1)
          log(
            `compile(${label}): more than ${size} signatures, so it is traced again and again; keep ` +
              "shapes and plain values the same from call to call, or raise cacheSize",
          );
      }
      return traced;
    },
  };
};

/** Runs a registered function on the tensors of one call. */
const execute = (
  { backend }: Native,
  { name, captures, outputs, rebuild }: Traced,
  tensors: readonly tf.Tensor[],
  label: string,
): unknown => {
  const inputs = [...backend.getInputTensorIds(tensors), ...captures];
  try {
    const results = backend.binding.executeOp(name, [], inputs, outputs);
    return rebuild(results.map((result) => backend.createOutputTensor(result)));
  } catch (error) {
    if (!/Tensor ID not referenced/.test(String(error))) throw error;
    throw new CompileError(
      label,
      "a tensor that f uses from outside was disposed of (or belonged to an ended tidy); pass it as an " +
        "argument, or keep it",
    );
  }
};

/**
 * A function that TensorFlow runs as one graph: no work in JavaScript between operations, independent operations side
 * by side, common subexpressions computed once. On other backends it is `f`, and inside a gradient or another compiled
 * function it runs `f`, so results do not depend on where it is used. In float32 the results are those of `f`, to the
 * bit but for softmax and convolutions, where oneDNN rounds differently in graphs (`TF_ENABLE_ONEDNN_OPTS=0` makes
 * those equal too).
 *
 * `f` goes from tensor trees (a tensor, or arrays and records of them) to a tensor tree; numbers, booleans and strings
 * may stand among the arguments. It runs once for each signature (shapes, dtypes and those values) and what it does is
 * recorded: gradients inside are recorded too, JavaScript branches as they went, and random numbers drawn in JavaScript
 * are frozen (pass a tensor instead). A tensor it uses from outside is looked up at every call; a `tf.Variable` must be
 * an argument.
 *
 * @returns The compiled function; its results belong to the caller, arguments are left alone.
 * @throws {CompileError} At a call: when `f` reads values of a traced tensor, reads a variable from outside, returns
 *   what is no tensor, or when a tensor it used from outside was disposed of.
 * @example
 * const step = compile((w: tf.Tensor2D, x: tf.Tensor2D) =>
 *   tf.grad((w) => tf.sum(tf.square(tf.matMul(x, w as tf.Tensor2D))))(w),
 * );
 * const gradient = step(w, x);
 * @category runtime
 */
export const compile = <Args extends readonly unknown[], Result>(
  f: (...args: Args) => Result,
  options: CompileOptions = {},
): Compiled<Args, Result> => {
  const { xla = false, cacheSize = 8, log = console.warn } = options;
  const label = f.name || "anonymous";
  const { traces, find } = createTraceCache(label, cacheSize, log);

  const call = (...args: Args): Result => {
    const native = nativeNow(log);
    if (!native) return f(...args);
    const flat = flattenTree(args, refuse(label));
    const bfloat16 = (options.precision ?? defaultPrecision) === "bf16";
    const make = (): Traced => record(f, flat, native, { label, bfloat16, xla });
    const traced = find(`${bfloat16} ${flat.signature}`, make, native.shim);
    return execute(native, traced, flat.tensors, label) as Result;
  };
  const dispose = (): void => {
    for (const { name } of traces.values()) activeShim()?.removeFunction(name);
    traces.clear();
  };
  return Object.defineProperty(Object.assign(call, { dispose }), "traces", { get: () => traces.size }) as Compiled<
    Args,
    Result
  >;
};
