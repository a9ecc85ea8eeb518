import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { VptError } from "@vpt/core";

/** A process that answers each line of JSON with one. */
export interface JsonProcess {
  /** @throws {VptError} When the process answers `{ error }`, or has ended. */
  ask<Answer>(message: unknown): Promise<Answer>;
  close(): void;
}

/** How a {@link JsonProcess} is started. */
export interface JsonProcessOptions {
  /** Opens the message of an error that the process answers. */
  readonly name: string;
  /** Makes the message where the process does not start, or ends. */
  readonly failure: (why: string) => string;
  /** Receives what the process writes to stderr. */
  readonly log?: (text: string) => void;
}

/**
 * Starts a program that reads a JSON object a line from stdin and answers each with one on stdout.
 *
 * @param command Program and arguments.
 */
export function startJsonProcess(
  [program, ...args]: readonly [string, ...string[]],
  { name, failure, log }: JsonProcessOptions,
): JsonProcess {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (text: Buffer) => {
    stderr = (stderr + String(text)).slice(-2000);
    log?.(String(text));
  });
  child.stdin.on("error", () => undefined); // a program that does not start: "ended" below says why
  const ended = new Promise<never>((_, reject) => {
    const refuse = (why: string): void => reject(new VptError(failure(why)));
    child.on("error", (error) => refuse(`does not start (${error.message})`));
    child.on("exit", (code) => refuse(`ended with code ${code}: ${stderr.trim().split("\n").at(-1)}`));
  });
  ended.catch(() => undefined);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    ask: async <Answer>(message: unknown): Promise<Answer> => {
      child.stdin.write(`${JSON.stringify(message)}\n`);
      const { value, done } = await Promise.race([lines.next(), ended]);
      if (done) return ended;
      const answer = JSON.parse(String(value)) as Answer & { readonly error?: string };
      if (answer.error) throw new VptError(`${name}: ${answer.error}`);
      return answer;
    },
    close: () => void child.kill(),
  };
}
