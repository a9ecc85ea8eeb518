import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { VptError } from "@vpt/core";

/** One timed run of the PyTorch program. */
export interface ReferenceRun {
  readonly seconds: number;
  /** The loss, the value or a count: what the run computed. */
  readonly result: number;
  /** Largest resident memory of the process so far. */
  readonly peakBytes: number;
}

/** A PyTorch process that waits for its turn. */
export interface TorchReference {
  readonly torch: string;
  run(mode: string): Promise<ReferenceRun>;
  close(): void;
}

// From the sources and from the bundle alike.
const packageFolder = dirname(createRequire(import.meta.url).resolve("@vpt/bench/package.json"));
const programOf = (name: string): string => join(packageFolder, "python", `${name}.py`);

/**
 * Starts the PyTorch program of this package with a Python that has torch, and tells it what to run.
 *
 * @throws {VptError} When that Python does not start or has no torch.
 */
export async function startTorchReference(
  python: string,
  setup: Readonly<Record<string, unknown>>,
  program: "torch_peer" | "dino_peer" = "torch_peer",
): Promise<TorchReference> {
  const child = spawn(python, ["-B", programOf(program)], { stdio: ["pipe", "pipe", "pipe"] });
  let complaint = "";
  child.stderr.on("data", (text: Buffer) => (complaint = (complaint + String(text)).slice(-2000)));
  const ended = new Promise<never>((_, reject) => {
    const refuse = (why: string): void =>
      reject(
        new VptError(
          `--reference torch: ${python} ${why}; give a Python that has torch with --python or VPT_PYTHON (pip install torch)`,
        ),
      );
    child.on("error", (error) => refuse(`does not start (${error.message})`));
    child.on("exit", (code) => refuse(`ended with code ${code}: ${complaint.trim().split("\n").at(-1)}`));
  });
  ended.catch(() => undefined);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async <Answer>(message: unknown): Promise<Answer> => {
    child.stdin.write(`${JSON.stringify(message)}\n`);
    const { value } = await Promise.race([lines.next(), ended]);
    const answer = JSON.parse(String(value)) as Answer & { readonly error?: string };
    if (answer.error) throw new VptError(`--reference torch: ${answer.error}`);
    return answer;
  };
  const { torch } = await ask<{ torch: string }>({ setup });
  return {
    torch,
    run: (mode) => ask<ReferenceRun>({ run: mode }),
    close: () => child.kill(),
  };
}
