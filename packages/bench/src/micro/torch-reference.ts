import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { VptError } from "@vpt/core";

/** One timed run of the reference program. */
export interface ReferenceRun {
  readonly seconds: number;
  /** The loss, the value or a count: what the run computed. */
  readonly result: number;
  /** Largest resident memory of the process so far. */
  readonly peakBytes: number;
}

/** A process of another library that runs one step at a call. */
export interface Reference {
  /** Version of PyTorch. */
  readonly torch: string;
  run(mode: string): Promise<ReferenceRun>;
  close(): void;
}

/** Starts a {@link Reference} for a benchmark's sizes; {@link torchReference} makes one, tests pass their own. */
export type StartReference = (
  setup: Readonly<Record<string, unknown>>,
  program?: "torch_peer" | "dino_peer",
) => Promise<Reference>;

// From the sources and from the bundle alike.
const packageFolder = dirname(createRequire(import.meta.url).resolve("@vpt/bench/package.json"));
const programOf = (name: string): string => join(packageFolder, "python", `${name}.py`);

/**
 * Returns a function that starts this package's PyTorch programs with a Python that has torch.
 *
 * @throws {VptError} (the returned function) When that Python does not start or has no torch.
 * @example
 * ```ts
 * import { benchStep, torchReference } from "@vpt/bench";
 *
 * const reference = torchReference("python3");
 * await benchStep({ shape: "smollm2-135m", batch: 4, tokens: 256, rounds: 5, reference });
 * ```
 */
export const torchReference =
  (python: string): StartReference =>
  async (setup, program = "torch_peer") => {
    const child = spawn(python, ["-B", programOf(program)], { stdio: ["pipe", "pipe", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (text: Buffer) => (stderr = (stderr + String(text)).slice(-2000)));
    child.stdin.on("error", () => undefined); // a Python that does not start: "ended" below says why
    const ended = new Promise<never>((_, reject) => {
      const refuse = (why: string): void =>
        reject(
          new VptError(
            `--reference torch: ${python} ${why}; ` +
              `give a Python that has torch with --python or VPT_PYTHON (pip install torch)`,
          ),
        );
      child.on("error", (error) => refuse(`does not start (${error.message})`));
      child.on("exit", (code) => refuse(`ended with code ${code}: ${stderr.trim().split("\n").at(-1)}`));
    });
    ended.catch(() => undefined);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const ask = async <Answer>(message: unknown): Promise<Answer> => {
      child.stdin.write(`${JSON.stringify(message)}\n`);
      const { value, done } = await Promise.race([lines.next(), ended]);
      if (done) return ended;
      const answer = JSON.parse(String(value)) as Answer & { readonly error?: string };
      if (answer.error) throw new VptError(`--reference torch: ${answer.error}`);
      return answer;
    };
    const { torch } = await ask<{ torch: string }>({ setup });
    return { torch, run: (mode) => ask<ReferenceRun>({ run: mode }), close: () => child.kill() };
  };
