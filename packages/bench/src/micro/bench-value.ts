import { cpus } from "node:os";
import { languageStep } from "./language-step.js";
import { shapes, type ShapeName } from "./shapes.js";
import { runInterleaved, secondsOf, type Measurement, type Implementation } from "./timing.js";
import { startTorchReference } from "./torch-reference.js";

/** What is timed, how often, and against whom. */
export interface BenchValueOptions {
  readonly shape: ShapeName;
  readonly batch: number;
  readonly tokens: number;
  readonly rounds: number;
  /** Candidates K a position. */
  readonly candidates: number;
  /** Blocks at the end over which the value is taken. */
  readonly blocks: number;
  readonly threads?: number;
  /** A Python that has torch; without it only our own steps are timed. */
  readonly python?: string;
  /** Told each run as it ends. */
  readonly onRound?: (line: string) => void;
}

/** Times of steps with and without a value update, and what follows. */
export interface BenchValue {
  readonly shape: ShapeName;
  readonly batch: number;
  readonly tokens: number;
  readonly candidates: number;
  readonly blocks: number;
  readonly threads: number;
  readonly processor: string;
  readonly torch?: string;
  readonly comparison: Readonly<Record<string, Measurement>>;
  /** Mean V-Pretraining step ÷ baseline step with an update every 8 steps and at each step; PyTorch's update ÷ ours. */
  readonly ratios: Readonly<Partial<Record<"r = 8" | "r = 1" | "double backprop", number>>>;
  /** The same of each one's fastest run: a few per cent are less than what a shared machine's neighbours add. */
  readonly fastestRatios: BenchValue["ratios"];
}

type OurSeconds = Readonly<Record<"baseline" | "update" | "between", number>>;

/** What the ratios are made of: seconds of a baseline step, of a step with an update, of one without, and of PyTorch's update. */
export function valueRatios(seconds: OurSeconds & { readonly reference?: number }): BenchValue["ratios"] {
  const { baseline, update, between, reference } = seconds;
  return {
    "r = 8": (update + 7 * between) / 8 / baseline,
    "r = 1": update / baseline,
    ...(reference !== undefined && { "double backprop": reference / (update - between) }),
  };
}

/**
 * What V-Pretraining costs: a baseline step, a step with a value update (gradient of the feedback batch, half the learner's, included) and a
 * step between updates, all parameters trained. Our update's own time is the difference of the last two; PyTorch's is a
 * program that does the update alone, by double backprop, with a given direction.
 *
 * @throws {VptError} When the Python does not start, or has no torch.
 * @example
 * ```ts
 * const { ratios } = await benchValue({ shape: "smollm2-135m", batch: 4, tokens: 256, rounds: 5, candidates: 64, blocks: 2 });
 * ```
 */
export async function benchValue(options: BenchValueOptions): Promise<BenchValue> {
  const { shape, batch, tokens, rounds, candidates, blocks, python, onRound } = options;
  const threads = options.threads ?? cpus().length;
  const config = shapes[shape];
  const baseline = languageStep({ config, batch, tokens });
  const valued = languageStep({ config, batch, tokens, value: { candidates, blocks, updateEvery: 2 } }); // every second step has an update
  const setup = {
    kind: "value",
    config: { ...config, maxPositions: tokens },
    batch,
    tokens,
    candidates,
    blocks,
    threads,
  };
  const reference = python ? await startTorchReference(python, setup) : undefined;
  try {
    const implementations: Record<string, Implementation> = {
      baseline: baseline.step,
      update: valued.step,
      between: valued.step,
      ...(reference && { "torch update": () => reference.run("eager") }),
    };
    const comparison = await runInterleaved(implementations, { rounds, warmUp: 2, ...(onRound && { onRound }) });
    const ratiosOf = (which: "median" | "fastest") => {
      const { "torch update": theirs, ...ours } = secondsOf(comparison, which);
      return valueRatios({ ...(ours as OurSeconds), ...(theirs !== undefined && { reference: theirs }) });
    };
    return {
      shape,
      batch,
      tokens,
      candidates,
      blocks,
      threads,
      processor: cpus()[0]!.model,
      ...(reference && { torch: reference.torch }),
      comparison,
      ratios: ratiosOf("median"),
      fastestRatios: ratiosOf("fastest"),
    };
  } finally {
    reference?.close();
    baseline.dispose();
    valued.dispose();
  }
}
