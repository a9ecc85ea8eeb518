import { fileURLToPath } from "node:url";
import { VptError } from "@vpt/core";
import { launch } from "@vpt/backend";

/**
 * Runs one part of a benchmark in `count` processes that see each other.
 *
 * @param part Name of what each process runs, in `processParts`.
 * @param log Receives the last line of stderr.
 * @param program Program and arguments of each process, before the part's name; the built file of this package by
 *   default.
 * @returns What the first of them printed.
 * @throws {VptError} When one fails: with the last line it wrote.
 */
export async function runProcesses<Result>(
  count: number,
  part: string,
  values: object,
  log: (line: string) => void,
  program: readonly string[] = [process.execPath, fileURLToPath(import.meta.resolve("@vpt/bench/bench-worker"))],
): Promise<Result> {
  let printed: string | undefined;
  let last = "";
  const status = await launch({
    count,
    command: [...program, part, JSON.stringify(values)],
    write: (line, stream) => {
      if (stream === "stdout" && line.startsWith("[0] {")) printed = line.slice("[0] ".length);
      else if (stream === "stderr") log((last = line));
    },
  });
  if (status !== 0 || printed === undefined) throw new VptError(`a process of the benchmark failed: ${last}`);
  return JSON.parse(printed) as Result;
}
