import { cpus } from "node:os";
import { languageStep } from "./language-step.js";
import { shapes, type ShapeName } from "./shapes.js";
import { runInterleaved, type Measurement, type Implementation } from "./timing.js";
import { startTorchReference } from "./torch-reference.js";

/** What is timed, how often, and against whom. */
export interface BenchStepOptions {
  readonly shape: ShapeName;
  readonly batch: number;
  readonly tokens: number;
  readonly rounds: number;
  /** Only the steps in float32, or only those in bfloat16; default both. */
  readonly precision?: "f32" | "bf16";
  readonly threads?: number;
  /** A Python that has torch; without it only our own steps are timed. */
  readonly python?: string;
  /** Told each run as it ends. */
  readonly onRound?: (line: string) => void;
}

/** Times of one learner step, ours and PyTorch's, taken in turn; a ratio is reference time ÷ our time. */
export interface BenchStep {
  readonly shape: ShapeName;
  readonly batch: number;
  readonly tokens: number;
  readonly threads: number;
  readonly processor: string;
  readonly torch?: string;
  readonly comparison: Readonly<Record<string, Measurement>>;
  readonly ratios: Readonly<Partial<Record<"eager" | "compile" | "bf16", number>>>;
}

/**
 * One learner step (forward, backward, clip, AdamW over all parameters): ours in float32 and bf16, PyTorch's eager with fused attention,
 * `torch.compile` and autocast bf16, all in turn in one run.
 *
 * @throws {VptError} When the Python does not start, or has no torch.
 * @example
 * ```ts
 * const { ratios } = await benchStep({ shape: "smollm2-135m", batch: 4, tokens: 256, rounds: 5, python: "python3" });
 * ```
 */
export async function benchStep(options: BenchStepOptions): Promise<BenchStep> {
  const { shape, batch, tokens, rounds, precision, python, onRound } = options;
  const threads = options.threads ?? cpus().length;
  const config = shapes[shape];
  const setup = { kind: "step", config: { ...config, maxPositions: tokens }, batch, tokens, threads };
  const reference = python ? await startTorchReference(python, setup) : undefined;
  const ours = (["f32", "bf16"] as const)
    .filter((each) => precision === undefined || each === precision)
    .map((each) => ({ precision: each, ...languageStep({ config, batch, tokens, precision: each }) }));
  try {
    const implementations: Record<string, Implementation> = {};
    for (const { precision: each, step } of ours) {
      implementations[ourNames[each]] = step;
      if (reference) for (const { name, run } of references[each]) implementations[name] = () => reference.run(run);
    }
    const comparison = await runInterleaved(implementations, { rounds, warmUp: 2, ...(onRound && { onRound }) });
    const median = (name: string): number => comparison[name]!.timing.median;
    const ratios = (reference ? ours : []).flatMap(({ precision: each }) =>
      references[each].map(({ name, run }) => [run, median(name) / median(ourNames[each])] as const),
    );
    return {
      shape,
      batch,
      tokens,
      threads,
      processor: cpus()[0]!.model,
      ...(reference && { torch: reference.torch }),
      comparison,
      ratios: Object.fromEntries(ratios),
    };
  } finally {
    reference?.close();
    for (const { dispose } of ours) dispose();
  }
}

const ourNames = { f32: "ours", bf16: "ours bf16" } as const;

/** PyTorch's programs that a precision of ours is compared with. */
const references = {
  f32: [
    { name: "eager", run: "eager" },
    { name: "compile", run: "compile" },
  ],
  bf16: [{ name: "autocast bf16", run: "bf16" }],
} as const;
