import { spawn } from "node:child_process";

export interface CommandResult {
  /** Exit status; null when the program could not be started at all. */
  readonly status: number | null;
  readonly stdout: string;
  /** Standard output and error together, in order of arrival. */
  readonly output: string;
}

/** Runs a program to its end without a shell. Never throws: a program that does not exist has `status: null`. */
export const runCommand = (
  program: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): Promise<CommandResult> =>
  new Promise((resolve) => {
    const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk;
      output += chunk;
    });
    child.stderr.on("data", (chunk: Buffer) => (output += chunk));
    child.on("error", (error) => resolve({ status: null, stdout, output: error.message }));
    child.on("close", (status) => resolve({ status: status ?? 1, stdout, output }));
  });

/** The last lines of a program's output, indented, for an error message. */
export const lastLines = (output: string, count = 12): string =>
  output
    .trimEnd()
    .split("\n")
    .slice(-count)
    .map((line) => `    ${line}`)
    .join("\n");
