import * as tf from "@tensorflow/tfjs";
import type { NativeGraph, NativeShim } from "../internal/native-shim.js";
import { addNode, type AddedNode, type Output } from "./add-node.js";
import { attributeValue, dataType, shapeValue, tensorValue, typeValue, type NamedField } from "./attribute-value.js";
import { CompileError } from "./compile-error.js";
import type { Binding, NodeBackend, NativeTensor, TensorContent } from "./node-backend.js";

export interface Trace {
  readonly graph: NativeGraph;
  /** Numbers of the operations that an output needs. */
  readonly operations: readonly number[];
  readonly inputs: readonly Output[];
  readonly outputs: readonly Output[];
  /** Native ids of the tensors that f took from outside, in the order of the inputs after the arguments. */
  readonly captured: readonly number[];
}

/** tfjs-node's backend and the addon beside it. */
export interface Native {
  readonly backend: NodeBackend;
  readonly shim: Pick<NativeShim, "newGraph" | "addNode" | "opDefinition" | "addFunction" | "removeFunction">;
}

export interface TraceOptions {
  readonly functionName: string;
  /** Multiply matrices in bfloat16. */
  readonly bfloat16: boolean;
}

const matrixProducts = new Set(["MatMul", "BatchMatMulV2"]);

const content = (values: TensorContent): Uint8Array | readonly Uint8Array[] =>
  ArrayBuffer.isView(values) ? new Uint8Array(values.buffer, values.byteOffset, values.byteLength) : values;

/** The operations from which an output can be reached, without the placeholders of inputs. */
const reachable = (
  inputsOf: readonly (readonly Output[])[],
  roots: readonly Output[],
  inputs: readonly Output[],
): readonly number[] => {
  const seen = new Set<number>();
  const pending = roots.map(([operation]) => operation);
  for (let operation = pending.pop(); operation !== undefined; operation = pending.pop()) {
    if (seen.has(operation)) continue;
    seen.add(operation);
    for (const [source] of inputsOf[operation]!) pending.push(source);
  }
  for (const [operation] of inputs) seen.delete(operation);
  return [...seen].sort((a, b) => a - b);
};

/**
 * Runs `f` once on tfjs-node's backend, on tensors without values that stand in for the arguments, writing each
 * operation into a TensorFlow graph instead of executing it.
 *
 * While it runs, an object stands in for tfjs-node's addon. An operation that depends on an argument is only written
 * down: TensorFlow infers its shape and JavaScript sees a tensor of that shape without values, so tracing costs neither
 * time nor memory for them. What depends on no argument is executed too, so that its values can be read. Tensors made
 * inside become constants; a tensor from outside becomes a further input.
 */
export const trace = (
  { backend, shim }: Native,
  args: readonly tf.Tensor[],
  f: (standIns: readonly tf.Tensor[]) => readonly tf.Tensor[],
  { functionName, bfloat16 }: TraceOptions,
): Trace => {
  const real = backend.binding;
  const graph = shim.newGraph();
  const inputsOf: (readonly Output[])[] = [];
  /**
   * Where each native tensor comes from, and whether that depends on an input. Ids of tensors without values are below
   * zero.
   */
  const sources = new Map<number, { readonly output: Output; readonly dtype: number; readonly varies: boolean }>();
  let nextId = -2; // -1 is tfjs-node's mark of a tensor not in TensorFlow yet
  const captured: number[] = [];
  const fresh = new WeakSet<object>();
  const variables = new Map(
    Object.values(tf.engine().state.registeredVariables).map((variable) => [variable.dataId, variable.name]),
  );

  const add = (op: string, inputs: readonly Output[], attributes: readonly NamedField[]): AddedNode => {
    const added = addNode(shim, graph, { op, inputs, attributes });
    inputsOf.push(inputs);
    return added;
  };
  const addInput = (id: number, dtype: number, shape: readonly number[]): Output => {
    const { operation } = add(
      "Placeholder",
      [],
      [
        { name: "dtype", value: typeValue(dtype) },
        { name: "shape", value: shapeValue(shape) },
      ],
    );
    sources.set(id, { output: [operation, 0], dtype, varies: true });
    return [operation, 0];
  };
  const cast = (input: Output, to: number): Output => [
    add("Cast", [input], [{ name: "DstT", value: typeValue(to) }]).operation,
    0,
  ];
  /** The node, or in bfloat16 the product of narrowed factors, widened. */
  const addProduct = (op: string, inputs: readonly Output[], attributes: readonly NamedField[]): AddedNode => {
    const narrow = inputs.map((input) => cast(input, dataType.bfloat16));
    const product = add(
      op,
      narrow,
      attributes.filter(({ name }) => name !== "T"),
    );
    return add("Cast", [[product.operation, 0]], [{ name: "DstT", value: typeValue(dataType.float) }]);
  };

  const overrides: Omit<Binding, "deleteTensor"> = {
    createTensor: (shape: readonly number[], dtype: number, values: TensorContent) => {
      const id = real.createTensor(shape, dtype, values);
      const { operation } = add(
        "Const",
        [],
        [
          { name: "dtype", value: typeValue(dtype) },
          { name: "value", value: tensorValue(shape, dtype, content(values)) },
        ],
      );
      sources.set(id, { output: [operation, 0], dtype, varies: false });
      return id;
    },
    executeOp: (...[op, given, ids, count]: Parameters<Binding["executeOp"]>): NativeTensor[] => {
      const inputs = ids.map((id) => sources.get(id)!);
      const varies = inputs.some((input) => input.varies);
      const isNarrow = bfloat16 && matrixProducts.has(op) && inputs[0]!.dtype === dataType.float;
      const { operation, outputs } = (isNarrow ? addProduct : add)(
        op,
        inputs.map(({ output }) => output),
        given.map(attributeValue),
      );
      const results = varies
        ? outputs.slice(0, count).map(({ dtype, shape }) => ({ id: nextId--, dtype, shape: known(op, shape) }))
        : real.executeOp(op, given, ids, count);
      results.forEach(({ id, dtype }, i) => sources.set(id, { output: [operation, i], dtype, varies }));
      return results;
    },
    tensorDataSync: (id: number) => {
      if (!sources.get(id)?.varies) return real.tensorDataSync(id);
      throw new CompileError(
        functionName,
        "f reads the values of a tensor that depends on its arguments (data, dataSync, print, …); a " +
          "compiled function would keep the first ones for ever. Return the tensor and read it outside",
      );
    },
  };
  const known = (op: string, shape: readonly number[] | undefined): readonly number[] => {
    if (shape) return shape;
    throw new CompileError(
      functionName,
      `the shape of ${op}'s result depends on the values of its input; a compiled function needs ` +
        "shapes that follow from shapes. Do that step outside",
    );
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

  // Not the arguments themselves: two of them on the same data, such as a clone, would be one input, also at later
  // calls where they differ.
  const standIns = args.map((tensor) => {
    const { dtype, shape } = backend.tensorMap.get(tensor.dataId);
    return backend.createOutputTensor({ id: nextId--, dtype, shape });
  });
  const argumentOutputs = standIns.map((tensor) => {
    const { id, dtype, shape } = backend.tensorMap.get(tensor.dataId);
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
    const outputs = f(standIns).map((tensor): Output => {
      const { output } = sources.get(idOf(tensor))!;
      return [add("Identity", [output], []).operation, 0];
    });
    const inputs = [...argumentOutputs, ...captured.map((id) => sources.get(id)!.output)];
    return { graph, operations: reachable(inputsOf, outputs, inputs), inputs, outputs, captured };
  } finally {
    backend.binding = real;
    backend.getInputTensorIds = getInputTensorIds;
    backend.write = write;
  }
};
