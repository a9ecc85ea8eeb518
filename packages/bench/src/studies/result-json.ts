/**
 * A study's result as a file to commit: what was summed up in full, then one row a line, whose numbers keep seven
 * digits (they were float32).
 */
export function resultJson({ rows, ...summary }: Readonly<Record<string, unknown>>): string {
  const head = JSON.stringify(summary, null, 2);
  if (!Array.isArray(rows)) return `${head}\n`;
  const lines = rows.map((row) => `    ${JSON.stringify(row, sevenDigits)}`);
  return `${head.slice(0, -2)},\n  "rows": [\n${lines.join(",\n")}\n  ]\n}\n`;
}

const sevenDigits = (_: string, value: unknown): unknown =>
  typeof value === "number" ? Number(value.toPrecision(7)) : value;
