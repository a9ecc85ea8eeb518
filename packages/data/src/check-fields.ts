type Row = Readonly<Record<string, unknown>>;

/** Returns the record when every field is text that is not empty; else throws an `Error` that names the field. */
export const checkFields = (record: Row, fields: readonly string[]): Row => {
  for (const field of fields) {
    const value = Object.hasOwn(record, field) ? record[field] : undefined;
    if (value === undefined)
      throw new Error(`field "${field}" is missing, expected text; fields: ${Object.keys(record).join(", ")}`);
    if (typeof value !== "string") throw new Error(`field "${field}" is a ${typeof value}, expected text`);
    if (value.trim() === "") throw new Error(`field "${field}" is empty`);
  }
  return record;
};
