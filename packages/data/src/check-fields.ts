type Row = Readonly<Record<string, unknown>>;

/** Every field must be text that is not empty; else an `Error` that names it. */
export const checkFields = (record: Row, fields: readonly string[]): Row => {
  for (const field of fields) {
    const value = Object.hasOwn(record, field) ? record[field] : undefined;
    if (typeof value !== "string")
      throw new Error(`field "${field}" is ${value === undefined ? "missing" : `a ${typeof value}`}, expected text`);
    if (value.trim() === "") throw new Error(`field "${field}" is empty`);
  }
  return record;
};
