import { cpus } from "node:os";
import type { BenchOptions } from "./bench-options.js";
import { languageStep } from "./language-step.js";
import { runInterleaved, timed, type Comparison, type Implementation } from "./run-interleaved.js";
import { shapes, type ShapeName } from "./shapes.js";

/** What is timed. */
export interface BenchStepOptions extends BenchOptions {
  readonly shape: ShapeName;
  readonly batch: number;
  readonly tokens: number;
  /** Only the steps in float32, or only those in bfloat16; default both. */
  readonly precision?: "f32" | "bf16";
  readonly threads?: number;
}

/** Times of one learner step, ours and PyTorch's, taken in turn; a ratio is PyTorch's time ÷ ours. */
export interface BenchStep {
  readonly shape: ShapeName;
  readonly batch: number;
  readonly tokens: number;
  readonly threads: number;
  readonly processor: string;
  readonly torch?: string;
  readonly comparison: Comparison;
  readonly ratios: Readonly<Partial<Record<"eager" | "compile" | "bf16", number>>>;
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

/**
 * Measures one learner step (forward, backward, clip, AdamW over all parameters): ours in float32 and bf16, PyTorch's
 * eager with fused attention, `torch.compile` and autocast bf16, all in turn in one run.
 *
 * @throws {VptError} When the reference does not start.
 * @example
 * ```ts
 * import { benchStep, torchReference } from "@vpt/bench";
 *
 * const sizes = { shape: "smollm2-135m", batch: 4, tokens: 256 } as const;
 * const { ratios } = await benchStep({ ...sizes, rounds: 5, reference: torchReference("python3") });
 * ```
 */
export async function benchStep(options: BenchStepOptions): Promise<BenchStep> {
  const { shape, batch, tokens, precision, threads = cpus().length } = options;
  const config = shapes[shape];
  const setup = { kind: "step", config: { ...config, maxPositions: tokens }, batch, tokens, threads };
  const reference = await options.reference?.(setup);
  const ours = (["f32", "bf16"] as const)
    .filter((each) => precision === undefined || each === precision)
    .map((each) => ({ precision: each, ...languageStep({ config, batch, tokens, precision: each }) }));
  try {
    const implementations: Record<string, Implementation> = {};
    for (const { precision: each, step } of ours) {
      implementations[ourNames[each]] = timed(step, options.now);
      if (reference) for (const { name, run } of references[each]) implementations[name] = () => reference.run(run);
    }
    const comparison = await runInterleaved(implementations, { ...options, warmUp: 2 });
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
