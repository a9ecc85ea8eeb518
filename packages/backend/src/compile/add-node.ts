import { messages, readFields, text } from "../internal/proto-reader.js";
import type { NativeGraph, NativeShim } from "../internal/native-shim.js";
import type { NamedField } from "./attribute-value.js";

/** An output of an operation of the graph: the operation's number, and which of its outputs. */
export type Output = readonly [operation: number, output: number];

/** What TensorFlow says of a node that was added; a shape it cannot infer is undefined. */
export interface AddedNode {
  readonly operation: number;
  readonly outputs: readonly { readonly dtype: number; readonly shape: readonly number[] | undefined }[];
}

/** For each argument of each operation: whether it is a list. */
const listArguments = new Map<string, readonly boolean[]>();

/** OpDef: input_arg 2 { number_attr 5, type_list_attr 6 }. */
const argumentsOf = (shim: Pick<NativeShim, "opDefinition">, op: string): readonly boolean[] => {
  const found = listArguments.get(op);
  if (found) return found;
  const inputs = messages(readFields(shim.opDefinition(op)), 2);
  const lists = inputs.map((input) => text(input, 5) !== "" || text(input, 6) !== "");
  listArguments.set(op, lists);
  return lists;
};

/** Writes one operation into a graph. TensorFlow infers type attributes, and the dtypes and shapes of the results. */
export const addNode = (
  shim: Pick<NativeShim, "addNode" | "opDefinition">,
  graph: NativeGraph,
  {
    op,
    inputs,
    attributes,
  }: { readonly op: string; readonly inputs: readonly Output[]; readonly attributes: readonly NamedField[] },
): AddedNode => {
  const lists = argumentsOf(shim, op);
  let at = 0;
  const grouped = lists.map((isList) => {
    // an operation has one list at most: it takes what the others leave
    const count = isList ? inputs.length - lists.length + 1 : 1;
    return inputs.slice(at, (at += count)).flat();
  });
  const [operation, ...facts] = shim.addNode(
    graph,
    op,
    grouped,
    lists.map(Number),
    attributes.map(({ name }) => name),
    attributes.map(({ value }) => value),
  );
  const outputs: { dtype: number; shape: readonly number[] | undefined }[] = [];
  for (let i = 0; i < facts.length;) {
    const [dtype, rank] = [facts[i]!, facts[i + 1]!];
    const sizes = facts.slice(i + 2, i + 2 + Math.max(0, rank));
    outputs.push({ dtype, shape: rank < 0 || sizes.includes(-1) ? undefined : sizes });
    i += 2 + sizes.length;
  }
  return { operation: operation!, outputs };
};
