import { VptError } from "@vpt/contracts";
import { checkFields } from "../check-fields.js";
import type { JsonlStream, ReadJsonlOptions } from "../read-jsonl.js";
import { createLineReader, type Line } from "../read-lines.js";
import { createStream, readState } from "../stream.js";

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
  {
    fields = [],
    parse = (record) => record as T,
    onBadSample = "error",
    maxCorruptFraction = 0.01,
    onSkip,
  }: ReadJsonlOptions<T> = {},
): JsonlStream<T> => {
  const lines = createLineReader(path);
  let byte = 0;
  let line = 0;
  let bad = 0;

  const overBudget = (of: number): VptError =>
    new VptError(
      `${path}: ${bad} of ${of} lines are bad, more than the ${maxCorruptFraction * 100} % allowed. Clean the ` +
        "file or raise maxCorruptFraction.",
    );

  const next = async (): Promise<T | undefined> => {
    for (;;) {
      const read = await lines.read(byte);
      if (read === undefined) {
        if (bad > maxCorruptFraction * line) throw overBudget(line);
        return undefined;
      }
      byte = read.end;
      line++;
      if (isBlank(read)) continue;
      try {
        return parse(checkFields(decode(textOf(read)), fields));
      } catch (error) {
        const message = `${path}:${line}: ${error instanceof Error ? error.message : String(error)}`;
        if (onBadSample === "error") throw new VptError(`${message}. Correct the line, or pass onBadSample: "skip".`);
        bad++;
        if (bad > maxCorruptFraction * Math.max(line, 1000)) throw overBudget(line);
        onSkip?.(message);
      }
    }
  };

  const stream = createStream<T>({
    next,
    state: () => ({ byte, line, bad, size: lines.size() ?? null }),
    restore(state) {
      const saved = readState(state, path, { byte: 0, line: 0, bad: 0, size: null as number | null });
      ({ byte, line, bad } = saved);
      lines.expectSize(saved.size ?? undefined);
    },
  });
  return { ...stream, counts: () => ({ lines: line, bad }) };
};
