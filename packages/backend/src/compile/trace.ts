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
  /** Native ids of the tensors that f uses from outside, in the order of the inputs after the arguments. */
  readonly captures: readonly number[];
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

/** What is known of a native tensor while a function is traced. */
interface Source {
  readonly output: Output;
  readonly dtype: number;
  /** Whether its values depend on an input. */
  readonly varies: boolean;
}

/** The graph of one trace, its nodes as they are added, and where each native tensor comes from. */
class GraphRecorder {
  readonly graph: NativeGraph;
  readonly inputsOf: (readonly Output[])[] = [];
  readonly sources = new Map<number, Source>();
  private nextId = -2; // -1 is tfjs-node's mark of a tensor not in TensorFlow yet

  constructor(private readonly shim: Native["shim"]) {
    this.graph = shim.newGraph();
  }

  /** The id of a tensor without values: below zero, where TensorFlow gives none. */
  newId(): number {
    return this.nextId--;
  }

  add(op: string, inputs: readonly Output[], attributes: readonly NamedField[]): AddedNode {
    const added = addNode(this.shim, this.graph, { op, inputs, attributes });
    this.inputsOf.push(inputs);
    return added;
  }

  addInput(id: number, dtype: number, shape: readonly number[]): Output {
    const attributes = [
      { name: "dtype", value: typeValue(dtype) },
      { name: "shape", value: shapeValue(shape) },
    ];
    const output: Output = [this.add("Placeholder", [], attributes).operation, 0];
    this.sources.set(id, { output, dtype, varies: true });
    return output;
  }

  addConstant(id: number, dtype: number, shape: readonly number[], values: TensorContent): void {
    const attributes = [
      { name: "dtype", value: typeValue(dtype) },
      { name: "value", value: tensorValue(shape, dtype, content(values)) },
    ];
    const { operation } = this.add("Const", [], attributes);
    this.sources.set(id, { output: [operation, 0], dtype, varies: false });
  }

  /** In bfloat16: the product of narrowed factors, widened. */
  addNarrowProduct(op: string, inputs: readonly Output[], attributes: readonly NamedField[]): AddedNode {
    const cast = (input: Output, to: number): AddedNode =>
      this.add("Cast", [input], [{ name: "DstT", value: typeValue(to) }]);
    const narrow = inputs.map((input): Output => [cast(input, dataType.bfloat16).operation, 0]);
    const untyped = attributes.filter(({ name }) => name !== "T");
    return cast([this.add(op, narrow, untyped).operation, 0], dataType.float);
  }
}

/**
 * The addon with three methods replaced: tensors made while tracing become constants, and an operation that depends on
 * an input is only recorded, with the shape that TensorFlow infers. Others run too, so that their values can be read.
 */
const tracingBinding = (real: Binding, recorder: GraphRecorder, options: TraceOptions): Binding => {
  const { sources } = recorder;
  const shapeOf = (op: string, shape: readonly number[] | undefined): readonly number[] => {
    if (shape) return shape;
    throw new CompileError(
      options.functionName,
      `the shape of ${op}'s result depends on the values of its input; a compiled function needs ` +
        "shapes that follow from shapes. Do that step outside",
    );
  };
  const overrides: Omit<Binding, "deleteTensor"> = {
    createTensor: (shape, dtype, values) => {
      const id = real.createTensor(shape, dtype, values);
      recorder.addConstant(id, dtype, shape, values);
      return id;
    },
    executeOp: (op, attributes, ids, count): NativeTensor[] => {
      const inputs = ids.map((id) => sources.get(id)!);
      const varies = inputs.some((input) => input.varies);
      const isNarrow = options.bfloat16 && matrixProducts.has(op) && inputs[0]!.dtype === dataType.float;
      const { operation, outputs } = recorder[isNarrow ? "addNarrowProduct" : "add"](
        op,
        inputs.map(({ output }) => output),
        attributes.map(attributeValue),
      );
      const results = varies
        ? outputs
            .slice(0, count)
            .map(({ dtype, shape }) => ({ id: recorder.newId(), dtype, shape: shapeOf(op, shape) }))
        : real.executeOp(op, attributes, ids, count);
      results.forEach(({ id, dtype }, i) => sources.set(id, { output: [operation, i], dtype, varies }));
      return results;
    },
    tensorDataSync: (id) => {
      if (!sources.get(id)?.varies) return real.tensorDataSync(id);
      throw new CompileError(
        options.functionName,
        "f reads the values of a tensor that depends on its arguments (data, dataSync, print, …); a " +
          "compiled function would keep the first ones for ever. Return the tensor and read it outside",
      );
    },
  };
  // The addon's own properties are read-only: new ones go in front of them.
  return Object.create(real, Object.getOwnPropertyDescriptors(overrides)) as Binding;
};

/** Puts the tracing addon into the backend, and notes the tensors that f uses from outside. Undone by `restore`. */
const installTracer = (backend: NodeBackend, recorder: GraphRecorder, options: TraceOptions) => {
  const { binding: real, getInputTensorIds, write } = backend;
  const captures: number[] = [];
  const fresh = new WeakSet<object>();
  const variables = new Map(
    Object.values(tf.engine().state.registeredVariables).map((variable) => [variable.dataId, variable.name]),
  );
  /** Makes a tensor from outside an input, so that its number is never frozen. */
  const capture = ({ dataId }: tf.TensorInfo): void => {
    const stored = backend.tensorMap.get(dataId);
    if (stored.values !== null && !fresh.has(dataId)) {
      stored.id = real.createTensor(stored.shape, stored.dtype, stored.values);
      stored.values = null;
    }
    if (stored.values !== null || recorder.sources.has(stored.id)) return;
    const variable = variables.get(dataId);
    if (variable !== undefined)
      throw new CompileError(
        options.functionName,
        `f reads the variable ${variable}, which can change; pass it as an argument`,
      );
    captures.push(stored.id);
    recorder.addInput(stored.id, stored.dtype, stored.shape);
  };
  backend.binding = tracingBinding(real, recorder, options);
  backend.getInputTensorIds = (tensors) => {
    for (const tensor of tensors) if ("dataId" in tensor) capture(tensor);
    return getInputTensorIds.call(backend, tensors);
  };
  backend.write = (...parameters) => {
    const dataId = write.apply(backend, parameters);
    fresh.add(dataId);
    return dataId;
  };
  return { captures, restore: () => Object.assign(backend, { binding: real, getInputTensorIds, write }) };
};

/**
 * Runs `f` once on tfjs-node's backend, on placeholders without values in place of the arguments, and writes each
 * operation into a TensorFlow graph instead of executing it.
 *
 * An operation that depends on an argument is only recorded: TensorFlow infers its shape and JavaScript sees a tensor
 * of that shape without values, so tracing costs neither time nor memory for them. What depends on no argument is
 * executed too, so that its values can be read. Tensors made inside become constants; a tensor from outside becomes a
 * further input.
 */
export const trace = (
  { backend, shim }: Native,
  args: readonly tf.Tensor[],
  f: (placeholders: readonly tf.Tensor[]) => readonly tf.Tensor[],
  options: TraceOptions,
): Trace => {
  const recorder = new GraphRecorder(shim);
  const { graph, inputsOf, sources } = recorder;
  // Not the arguments themselves: two of them on the same data, such as a clone, would be one input, also at later
  // calls where they differ.
  const placeholders = args.map((tensor) => {
    const { dtype, shape } = backend.tensorMap.get(tensor.dataId);
    return backend.createOutputTensor({ id: recorder.newId(), dtype, shape });
  });
  const argumentOutputs = placeholders.map((tensor) => {
    const { id, dtype, shape } = backend.tensorMap.get(tensor.dataId);
    return recorder.addInput(id, dtype, shape);
  });
  const { captures, restore } = installTracer(backend, recorder, options);
  try {
    const outputs = f(placeholders).map((tensor): Output => {
      const { output } = sources.get(backend.getInputTensorIds([tensor])[0]!)!;
      return [recorder.add("Identity", [output], []).operation, 0];
    });
    const inputs = [...argumentOutputs, ...captures.map((id) => sources.get(id)!.output)];
    return { graph, operations: reachable(inputsOf, outputs, inputs), inputs, outputs, captures };
  } finally {
    restore();
  }
};
