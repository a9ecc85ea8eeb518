import { readRecordLines } from "./internal/read-record-lines.js";
import type { JsonlStream, ReadJsonlOptions } from "./read-jsonl.js";

/**
 * Streams a text file: each line that is not blank is a record `{ text }`, as Hugging Face `datasets` reads `text`.
 * State, memory and errors are those of `readJsonl`.
 *
 * @throws {VptError} From `next`: for a line that is not UTF-8 or longer than 16 MiB, for a missing or changed file.
 * @example
 * ```ts
 * import { readTextLines } from "@vpt/data";
 * for await (const { text } of readTextLines("stories.txt")) console.log(text);
 * ```
 * @category streams
 */
export const readTextLines = <T = { readonly text: string }>(
  path: string,
  options: ReadJsonlOptions<T> = {},
): JsonlStream<T> => readRecordLines(path, (text) => ({ text: text.replace(/\r$/, "") }), options);
