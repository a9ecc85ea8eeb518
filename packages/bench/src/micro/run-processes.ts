import { VptError } from "@vpt/core";
import { launch } from "@vpt/backend";

/**
 * Runs this program in `count` processes with `--worker --json` behind the arguments.
 *
 * @returns What the first of them printed.
 * @throws {VptError} When one fails: with the last line it wrote.
 */
export async function runProcesses<Result>(
  count: number,
  args: readonly string[],
  say: (line: string) => void,
): Promise<Result> {
  let printed: string | undefined;
  let last = "";
  const status = await launch({
    count,
    command: ["vpt", ...args, "--worker", "--json"],
    write: (line, stream) => {
      if (stream === "stdout" && line.startsWith("[0] {")) printed = line.slice("[0] ".length);
      else if (stream === "stderr") say((last = line));
    },
  });
  if (status !== 0 || printed === undefined) throw new VptError(`a process of the benchmark failed: ${last}`);
  return JSON.parse(printed) as Result;
}
