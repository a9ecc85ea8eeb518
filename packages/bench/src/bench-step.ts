import { cpus } from "node:os";
import { ourStep } from "./our-step.js";
import { shapes, type ShapeName } from "./shapes.js";
import { interleave, type Contest, type Contestant } from "./timing.js";
import { startTorchPeer } from "./torch-peer.js";

/** What is timed, how often, and against whom. */
export interface BenchStepOptions {
  readonly shape: ShapeName;
  readonly batch: number;
  readonly tokens: number;
  readonly rounds: number;
  readonly threads?: number;
  /** A Python that has torch; without it only our own steps are timed. */
  readonly python?: string;
  /** Told each run as it ends. */
  readonly onRound?: (line: string) => void;
}

/** Times of one learner step, ours and PyTorch's, taken in turn; a ratio is peer time ÷ our time. */
export interface BenchStep {
  readonly shape: ShapeName;
  readonly batch: number;
  readonly tokens: number;
  readonly threads: number;
  readonly processor: string;
  readonly torch?: string;
  readonly contests: Readonly<Record<string, Contest>>;
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
  const { shape, batch, tokens, rounds, python, onRound } = options;
  const threads = options.threads ?? cpus().length;
  const config = shapes[shape];
  const ours = { f32: ourStep({ config, batch, tokens }), bf16: ourStep({ config, batch, tokens, precision: "bf16" }) };
  const peer = python
    ? await startTorchPeer(python, {
        kind: "step",
        config: { ...config, maxPositions: tokens },
        batch,
        tokens,
        threads,
      })
    : undefined;
  try {
    const contestants: Record<string, Contestant> = {
      ours: ours.f32.step,
      "ours bf16": ours.bf16.step,
      ...(peer && {
        eager: () => peer.run("eager"),
        compile: () => peer.run("compile"),
        "autocast bf16": () => peer.run("bf16"),
      }),
    };
    const contests = await interleave(contestants, { rounds, warmUp: 2, ...(onRound && { onRound }) });
    const median = (name: string): number => contests[name]!.timing.median;
    return {
      shape,
      batch,
      tokens,
      threads,
      processor: cpus()[0]!.model,
      ...(peer && { torch: peer.torch }),
      contests,
      ratios: peer
        ? {
            eager: median("eager") / median("ours"),
            compile: median("compile") / median("ours"),
            bf16: median("autocast bf16") / median("ours bf16"),
          }
        : {},
    };
  } finally {
    peer?.close();
    ours.f32.dispose();
    ours.bf16.dispose();
  }
}
