import { checkFields } from "../check-fields.js";
import type { JsonlStream, ReadJsonlOptions } from "../read-jsonl.js";
import { createLineReader, type Line } from "../read-lines.js";
import { createStream, readState } from "../stream.js";
import { createBadRecords } from "./bad-records.js";

type Row = Readonly<Record<string, unknown>>;

const utf8 = new TextDecoder("utf-8", { fatal: true });

const textOf = ({ bytes, tooLong }: Line): string => {
  if (tooLong) throw new Error("the line is longer than 16 MiB");
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Error("the line is not UTF-8");
  }
};

const isBlank = ({ bytes, tooLong }: Line): boolean =>
  !tooLong && bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);

/**
 * Streams a file of one record a line; `decode` makes a record of a line's text and throws an `Error` that says what is
 * wrong with it. See `readJsonl` for state, memory and errors.
 */
export const readRecordLines = <T>(
  path: string,
  decode: (text: string) => Row,
  { fields = [], parse = (record) => record as T, ...onBad }: ReadJsonlOptions<T> = {},
): JsonlStream<T> => {
  const lines = createLineReader(path);
  let byte = 0;
  let line = 0;
  const bad = createBadRecords({ record: "line", whole: "file", path: () => path }, onBad);

  const next = async (): Promise<T | undefined> => {
    for (;;) {
      const read = await lines.read(byte);
      if (read === undefined) {
        bad.finish(line);
        return undefined;
      }
      byte = read.end;
      line++;
      if (isBlank(read)) continue;
      try {
        return parse(checkFields(decode(textOf(read)), fields));
      } catch (error) {
        bad.add(error, `${path}:${line}`, line);
      }
    }
  };

  const stream = createStream<T>({
    next,
    state: () => ({ byte, line, bad: bad.count(), size: lines.size() ?? null }),
    restore(state) {
      const saved = readState(state, path, { byte: 0, line: 0, bad: 0, size: null as number | null });
      ({ byte, line } = saved);
      bad.restore(saved.bad);
      lines.expectSize(saved.size ?? undefined);
    },
  });
  return { ...stream, counts: () => ({ lines: line, bad: bad.count() }) };
};
