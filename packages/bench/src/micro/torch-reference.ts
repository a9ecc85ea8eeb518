import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { startJsonProcess } from "./json-process.js";

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
    const failure = (why: string): string =>
      `--reference torch: ${python} ${why}; ` +
      `give a Python that has torch with --python or VPT_PYTHON (pip install torch)`;
    const { ask, close } = startJsonProcess([python, "-B", programOf(program)], { name: "--reference torch", failure });
    const { torch } = await ask<{ torch: string }>({ setup });
    return { torch, run: (mode) => ask<ReferenceRun>({ run: mode }), close };
  };
