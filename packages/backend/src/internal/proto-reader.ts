/** Fields of a protocol buffer message, by number; embedded messages and strings are still bytes. */
export type Fields = ReadonlyMap<number, readonly (number | Uint8Array)[]>;

/** Takes one message apart. Fixed-width fields are skipped: what we read has none. */
export const readFields = (bytes: Uint8Array): Fields => {
  const fields = new Map<number, (number | Uint8Array)[]>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  const add = (field: number, value: number | Uint8Array) => fields.set(field, [...(fields.get(field) ?? []), value]);
  while (at < bytes.length) {
    const key = varint();
    const kind = key & 7;
    if (kind === 0) add(key >> 3, varint());
    else if (kind === 2) {
      const length = varint();
      add(key >> 3, bytes.subarray(at, at + length));
      at += length;
    } else at += kind === 1 ? 8 : 4;
  }
  return fields;
};

/** The embedded messages of a repeated field. */
export const messages = (fields: Fields, field: number): readonly Fields[] =>
  (fields.get(field) ?? []).map((value) => readFields(value as Uint8Array));

/** A string field; empty when absent. */
export const text = (fields: Fields, field: number): string => {
  const value = fields.get(field)?.[0];
  return value instanceof Uint8Array ? Buffer.from(value).toString() : "";
};
