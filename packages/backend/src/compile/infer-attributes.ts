import { integer, type Field } from "../internal/proto-writer.js";
import { messages, readFields, text } from "../internal/proto-reader.js";
import { typeValue } from "./graph-def.js";

interface NamedField {
  readonly name: string;
  readonly value: Field;
}

/**
 * Adds the type and count attributes that follow from the inputs. Eager execution fills them in; a graph wants them written.
 *
 * @param opDefinition Bytes of TensorFlow's OpDef: input_arg 2 { type_attr 4, number_attr 5 }.
 * @param inputTypes TF_DataType of each input.
 */
export const inferAttributes = (
  opDefinition: Uint8Array,
  given: readonly NamedField[],
  inputTypes: readonly number[],
): readonly NamedField[] => {
  const inputs = messages(readFields(opDefinition), 2);
  const known = new Set(given.map(({ name }) => name));
  const inferred: NamedField[] = [];
  const infer = (name: string, value: Field) => {
    if (name === "" || known.has(name)) return;
    known.add(name);
    inferred.push({ name, value });
  };
  let at = 0;
  for (const input of inputs) {
    const count = text(input, 5);
    // An operation has one list at most; it takes what the single inputs leave.
    infer(count, integer(3, inputTypes.length - inputs.length + 1));
    infer(text(input, 4), typeValue(inputTypes[at]!));
    at += count === "" ? 1 : inputTypes.length - inputs.length + 1;
  }
  return [...given, ...inferred];
};
