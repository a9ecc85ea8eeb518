import { EvalInputError } from "../../errors.js";

/** One line of a feature file after its head: an item with a row, or the reason why it has none. */
interface Line {
  readonly id: string;
  readonly unusable?: string;
}

/** Rows stored so far, and how to add to them. */
export interface FeatureFile {
  /** Numbers a row; 0 while there is none. */
  readonly width: number;
  readonly kept: readonly number[];
  readonly bad: readonly { readonly name: string; readonly reason: string }[];
  /** Copies the rows to the beginning of `values`. */
  read(values: Float32Array): Promise<void>;
  append(lines: readonly Line[], rows: readonly ArrayLike<number>[]): Promise<void>;
}

/**
 * Opens `FILE.f32` and `FILE.jsonl`. Rows are written before their lines, so the lines say what is whole: what a killed
 * process left beyond them is cut off.
 *
 * @throws {EvalInputError} When the file was made by something else, or of other items.
 */
export async function createFeatureFile(file: string, maker: string, ids: readonly string[]): Promise<FeatureFile> {
  const { appendFile, mkdir, open, readFile, truncate, writeFile } = await import("node:fs/promises");
  const { dirname } = await import("node:path");
  const [list, data] = [`${file}.jsonl`, `${file}.f32`];
  await mkdir(dirname(file), { recursive: true });
  const before = await readFile(list, "utf8").catch(() => "");
  const whole = before.lastIndexOf("\n") + 1;
  const [head, ...lines] = before
    .slice(0, whole)
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line & { readonly maker?: string; readonly width?: number });
  if (head === undefined) {
    await writeFile(data, "");
    await writeFile(list, `${JSON.stringify({ maker })}\n`);
  } else {
    if (head.maker !== maker) refuse(list, `features of ${maker}`, `features of ${head.maker}`);
    lines.forEach(({ id }, i) => id === ids[i] || refuse(list, `item ${ids[i] ?? "none"} at line ${i + 2}`, id));
    await truncate(list, Buffer.byteLength(before.slice(0, whole)));
  }
  const kept = lines.flatMap(({ unusable }, i) => (unusable === undefined ? [i] : []));
  const width = lines.find(({ width }) => width !== undefined)?.width ?? 0;
  if (head !== undefined) await truncate(data, kept.length * width * 4);
  return {
    width,
    kept,
    bad: lines.flatMap(({ id, unusable }) => (unusable === undefined ? [] : [{ name: id, reason: unusable }])),
    async read(values) {
      const handle = await open(data);
      const bytes = new Uint8Array(values.buffer, values.byteOffset, kept.length * width * 4);
      try {
        for (let at = 0; at < bytes.length;) {
          const { bytesRead } = await handle.read(bytes, at, Math.min(bytes.length - at, 2 ** 30), at);
          if (bytesRead === 0) refuse(data, `${bytes.length} bytes`, `${at}`);
          at += bytesRead;
        }
      } finally {
        await handle.close();
      }
    },
    async append(added, features) {
      const rowWidth = features[0]?.length ?? 0;
      const rows = new Float32Array(features.length * rowWidth);
      features.forEach((feature, i) => rows.set(feature, i * rowWidth));
      await appendFile(data, new Uint8Array(rows.buffer));
      const text = added.map((line) =>
        JSON.stringify(line.unusable === undefined ? { ...line, width: rowWidth } : line),
      );
      await appendFile(list, text.map((line) => `${line}\n`).join(""));
    },
  };
}

function refuse(where: string, expected: string, received: string): never {
  const advice = "Name another file, or remove this one and its .f32";
  throw new EvalInputError({ where, expected, received, advice });
}
