import { bytes, float, integer, message, type Field } from "../internal/proto-writer.js";

/** tfjs-node's form of an operation's attribute; `type` is a TF_AttrType. */
export interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** An attribute, as the bytes of its AttrValue. */
export interface NamedField {
  readonly name: string;
  readonly value: Field;
}

/** TF_DataType. */
export const dataType = { float: 1, int32: 3, string: 7, bool: 10, bfloat16: 14 } as const;

const shapeFields = (shape: readonly number[]): readonly Field[] => shape.map((size) => message(2, [integer(1, size)]));

// AttrValue: list 1, s 2, i 3, f 4, b 5, type 6, shape 7, tensor 8; ListValue has the same numbers one message down.
export const typeValue = (type: number): Field => integer(6, type);
export const shapeValue = (shape: readonly number[]): Field => message(7, shapeFields(shape));

const scalarWriters: readonly ((value: never) => Field)[] = [
  (value: string) => bytes(2, value),
  (value: number) => integer(3, value),
  (value: number) => float(4, value),
  (value: boolean) => integer(5, value),
  (value: number) => typeValue(value),
  (value: readonly number[]) => shapeValue(value),
];
const shapeType = 5;

/** TF_AttrType. */
export const attributeType = { string: 0, integer: 1, float: 2, boolean: 3, type: 4, shape: shapeType } as const;

/** The AttrValue of an attribute of tfjs-node. */
export const attributeValue = ({ name, type, value }: OpAttribute): NamedField => {
  const write = scalarWriters[type] as ((value: unknown) => Field) | undefined;
  if (!write) throw new Error(`compile: attribute ${name} has the unknown type ${type}`);
  const isList = Array.isArray(value) && type !== shapeType;
  return { name, value: isList ? message(1, value.map(write)) : write(value) };
};

/**
 * The one number that a large constant consists of, as TensorProto's float_val 5, int_val 7 or bool_val 11; undefined
 * when they differ.
 */
const onlyNumber = (type: number, content: Uint8Array): Field | undefined => {
  const write = { [dataType.float]: 5, [dataType.int32]: 7, [dataType.bool]: 11 }[type];
  if (write === undefined || content.length < 64) return undefined;
  const width = type === dataType.bool ? 1 : 4;
  for (let i = width; i < content.length; i++) if (content[i] !== content[i - width]) return undefined;
  const view = new DataView(content.buffer, content.byteOffset);
  if (type === dataType.float) return float(write, view.getFloat32(0, true));
  return integer(write, type === dataType.bool ? content[0]! : view.getInt32(0, true));
};

/** The AttrValue of a constant: raw little-endian numbers, or the elements of a string tensor. */
export const tensorValue = (
  shape: readonly number[],
  type: number,
  content: Uint8Array | readonly Uint8Array[],
): Field => {
  const values =
    content instanceof Uint8Array
      ? [onlyNumber(type, content) ?? bytes(4, content)]
      : content.map((text) => bytes(8, text));
  return message(8, [integer(1, type), message(2, shapeFields(shape)), ...values]);
};
