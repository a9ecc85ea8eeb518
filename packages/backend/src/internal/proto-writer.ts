/** One field of a protocol buffer message, already encoded. */
export type Field = Uint8Array;

const varint = (value: bigint | number): number[] => {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return bytes;
};

const concatenate = (parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts);

/** int32, int64, bool and enum fields. */
export const integer = (field: number, value: bigint | number | boolean): Field =>
  Uint8Array.from([...varint(field << 3), ...varint(typeof value === "boolean" ? Number(value) : value)]);

export const float = (field: number, value: number): Field =>
  concatenate([Uint8Array.from(varint((field << 3) | 5)), new Uint8Array(Float32Array.of(value).buffer)]);

/** bytes fields; strings are written as UTF-8. */
export const bytes = (field: number, value: Uint8Array | string): Field => {
  const content = typeof value === "string" ? Buffer.from(value) : value;
  return concatenate([Uint8Array.from([...varint((field << 3) | 2), ...varint(content.length)]), content]);
};

/** An embedded message. */
export const message = (field: number, parts: readonly Field[]): Field => bytes(field, concatenate(parts));

/** A whole message. */
export const encode = (parts: readonly Field[]): Uint8Array => concatenate(parts);
