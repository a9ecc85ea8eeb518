import * as tf from "@tensorflow/tfjs";
import type { NativeShim } from "../internal/native-shim.js";
import type { Field } from "../internal/proto-writer.js";
import { CompileError } from "./compile-error.js";
import { attributeValue, dataType, shapeValue, tensorValue, typeValue, type GraphNode } from "./graph-def.js";
import { inferAttributes } from "./infer-attributes.js";
import type { Binding, NodeBackend, NativeTensor, TensorContent } from "./node-backend.js";

export interface Trace {
  /** The graph, without what no output needs. */
  readonly nodes: readonly GraphNode[];
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** Native ids of the tensors that f took from outside, in the order of the inputs after the arguments. */
  readonly captured: readonly number[];
}

/** tfjs-node's backend and the addon beside it. */
export interface Native {
  readonly backend: NodeBackend;
  readonly shim: Pick<NativeShim, "opDefinition" | "addFunction" | "removeFunction">;
}

export interface TraceOptions {
  readonly functionName: string;
  /** Multiply matrices in bfloat16. */
  readonly bfloat16: boolean;
}

const matrixProducts = new Set(["MatMul", "BatchMatMulV2"]);

const content = (values: TensorContent): Uint8Array | readonly Uint8Array[] =>
  ArrayBuffer.isView(values) ? new Uint8Array(values.buffer, values.byteOffset, values.byteLength) : values;

/** Keeps the nodes from which an output or an argument can be reached. */
const reachable = (nodes: readonly GraphNode[], roots: readonly string[]): readonly GraphNode[] => {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const kept = new Set<string>();
  const pending = [...roots];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (kept.has(name)) continue;
    kept.add(name);
    for (const input of byName.get(name)!.inputs) pending.push(input.split(":")[0]!);
  }
  return nodes.filter(({ name }) => kept.has(name));
};

/**
 * Runs `f` once on tfjs-node's backend, writing down each operation that TensorFlow executes for it.
 *
 * While it runs, an object stands in for tfjs-node's addon. It executes every operation as usual, so shapes are known
 * and JavaScript sees real tensors, and notes operation, attributes and inputs as a graph node. Tensors made inside
 * become constants; a tensor from outside becomes a further input.
 */
export const trace = (
  { backend, shim }: Native,
  args: readonly tf.Tensor[],
  f: () => readonly tf.Tensor[],
  { functionName, bfloat16 }: TraceOptions,
): Trace => {
  const real = backend.binding;
  const nodes: GraphNode[] = [];
  /** Where each native tensor comes from, and whether that depends on an input. */
  const sources = new Map<number, { readonly output: string; readonly dtype: number; readonly varies: boolean }>();
  const captured: number[] = [];
  const fresh = new WeakSet<object>();
  const variables = new Map(
    Object.values(tf.engine().state.registeredVariables).map((variable) => [variable.dataId, variable.name]),
  );

  const add = (
    op: string,
    inputs: readonly string[],
    attributes: readonly { name: string; value: Field }[],
  ): string => {
    const name = `n${nodes.length}`;
    nodes.push({ name, op, inputs, attributes });
    return name;
  };
  const addInput = (id: number, dtype: number, shape: readonly number[]): string => {
    const output = add("Placeholder", [], [
      { name: "dtype", value: typeValue(dtype) },
      { name: "shape", value: shapeValue(shape) },
    ]); // prettier-ignore
    sources.set(id, { output, dtype, varies: true });
    return output;
  };
  const cast = (input: string, from: number, to: number): string =>
    add("Cast", [input], [
      { name: "SrcT", value: typeValue(from) },
      { name: "DstT", value: typeValue(to) },
    ]); // prettier-ignore

  const overrides: Omit<Binding, "deleteTensor"> = {
    createTensor: (shape: readonly number[], dtype: number, values: TensorContent) => {
      const id = real.createTensor(shape, dtype, values);
      const output = add("Const", [], [
        { name: "dtype", value: typeValue(dtype) },
        { name: "value", value: tensorValue(shape, dtype, content(values)) },
      ]); // prettier-ignore
      sources.set(id, { output, dtype, varies: false });
      return id;
    },
    executeOp: (...[op, attributes, ids, count]: Parameters<Binding["executeOp"]>): NativeTensor[] => {
      const results = real.executeOp(op, attributes, ids, count);
      const inputs = ids.map((id) => sources.get(id)!.output);
      const dtypes = ids.map((id) => sources.get(id)!.dtype);
      const fields = inferAttributes(shim.opDefinition(op), attributes.map(attributeValue), dtypes);
      const varies = ids.some((id) => sources.get(id)!.varies);
      const isFloat = results[0]?.dtype === dataType.float;
      if (bfloat16 && isFloat && matrixProducts.has(op)) {
        const narrow = inputs.map((input) => cast(input, dataType.float, dataType.bfloat16));
        const others = fields.filter(({ name }) => name !== "T");
        const product = add(op, narrow, [...others, { name: "T", value: typeValue(dataType.bfloat16) }]);
        const output = cast(product, dataType.bfloat16, dataType.float);
        sources.set(results[0]!.id, { output, dtype: dataType.float, varies });
      } else {
        const node = add(op, inputs, fields);
        results.forEach(({ id, dtype }, i) => sources.set(id, { output: `${node}:${i}`, dtype, varies }));
      }
      return results;
    },
    tensorDataSync: (id: number) => {
      if (!sources.get(id)?.varies) return real.tensorDataSync(id);
      throw new CompileError(
        functionName,
        "f reads the values of a tensor that depends on its arguments (data, dataSync, print, …); a compiled function would keep the first ones for ever. Return the tensor and read it outside",
      );
    },
  };
  // The addon's own properties are read-only: new ones go in front of them.
  const tracer = Object.create(real, Object.getOwnPropertyDescriptors(overrides)) as Binding;

  const { getInputTensorIds, write } = backend;
  /** Notes a tensor that f took from outside; it becomes an input, so that its number is never frozen. */
  const capture = ({ dataId }: tf.TensorInfo): void => {
    const stored = backend.tensorMap.get(dataId);
    if (stored.values !== null && !fresh.has(dataId)) {
      stored.id = real.createTensor(stored.shape, stored.dtype, stored.values);
      stored.values = null;
    }
    if (stored.values !== null || sources.has(stored.id)) return;
    const variable = variables.get(dataId);
    if (variable !== undefined)
      throw new CompileError(
        functionName,
        `f reads the variable ${variable}, which can change; pass it as an argument`,
      );
    captured.push(stored.id);
    addInput(stored.id, stored.dtype, stored.shape);
  };
  const idOf = (tensor: tf.TensorInfo): number => backend.getInputTensorIds([tensor])[0]!;

  const argumentNames = args.map((tensor) => {
    const id = idOf(tensor);
    const { dtype, shape } = backend.tensorMap.get(tensor.dataId);
    return addInput(id, dtype, shape);
  });
  try {
    backend.binding = tracer;
    backend.getInputTensorIds = (tensors) => {
      for (const tensor of tensors) if ("dataId" in tensor) capture(tensor);
      return getInputTensorIds.call(backend, tensors);
    };
    backend.write = (...parameters) => {
      const dataId = write.apply(backend, parameters);
      fresh.add(dataId);
      return dataId;
    };
    const outputNames = f().map((tensor) => {
      const { output } = sources.get(idOf(tensor))!;
      const { dtype } = backend.tensorMap.get(tensor.dataId);
      return add("Identity", [output], [{ name: "T", value: typeValue(dtype) }]);
    });
    const inputNames = [...argumentNames, ...captured.map((id) => sources.get(id)!.output)];
    return { nodes: reachable(nodes, [...inputNames, ...outputNames]), inputNames, outputNames, captured };
  } finally {
    backend.binding = real;
    backend.getInputTensorIds = getInputTensorIds;
    backend.write = write;
  }
};
