import { VptError } from "@vpt/core";
import { runCommand, runMain } from "citty";
import { checkOptions } from "./check-options.js";
import { program } from "./commands/program.js";

/**
 * The `vpt` program. What a user can act on is one line on stderr and exit code 1; anything else is a bug and keeps its
 * stack.
 */
export async function main(args: string[]): Promise<void> {
  if (args.length === 0 || args.some((arg) => arg === "--help" || arg === "-h" || arg === "--version")) {
    return runMain(program, { rawArgs: args });
  }
  try {
    await checkOptions(program, args);
    await runCommand(program, { rawArgs: args });
  } catch (error) {
    process.exitCode = 1;
    console.error(isPlain(error) ? `vpt: ${(error as Error).message}` : error);
  }
}

/** Errors of ours, of citty (wrong arguments), and of the operating system: their message is the whole story. */
const isPlain = (error: unknown): boolean =>
  VptError.isInstance(error) ||
  (error instanceof Error && (error.name === "CLIError" || (error as NodeJS.ErrnoException).syscall !== undefined));
