import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { MethodSummary, Metric, RunSummary, Scores } from "@vpt/train";

/** What a fixture run varies. */
export interface FixtureOptions {
  readonly kind?: "language" | "vision";
  readonly seed?: number;
  readonly steps?: number;
  readonly methods?: readonly string[];
  /** Gain of each method over the baseline on the primary metric, in `methods`' order. */
  readonly gains?: readonly number[];
}

const languageMetrics: readonly Metric[] = [
  { name: "nll", label: "held-out NLL", higherIsBetter: false },
  { name: "accuracy", label: "top-1", higherIsBetter: true },
  { name: "unlabeledNll", label: "unlabeled NLL", higherIsBetter: false },
];
const visionMetrics: readonly Metric[] = [
  { name: "mIoU", label: "mIoU", higherIsBetter: true },
  { name: "rmse", label: "depth RMSE, m", higherIsBetter: false },
];

/** A made-up summary: method `i` gains `gains[i]` on the primary metric, a little more for larger seeds. */
export function fixtureSummary(options: FixtureOptions = {}): RunSummary {
  const { kind = "language", seed = 0, steps = 4, methods = ["baseline", "tilt", "value"] } = options;
  const { gains = [0, 0.02, -0.01] } = options;
  const isLanguage = kind === "language";
  const scoresOf = (gain: number): Scores =>
    isLanguage
      ? {
          metrics: { nll: 2 - gain, accuracy: 0.5 + gain, unlabeledNll: 1.3 + gain / 2 },
          perItem: { nll: [1.9, 2, 2.1, 2].map((nll, i) => nll - gain * (1 + i / 10)) },
          samples: [{ prompt: "Two and two are", text: ` ${4 + gain}` }],
        }
      : { metrics: { mIoU: 0.3 + gain, rmse: 1.7 - gain } };
  const summaryOf = (method: string, i: number): MethodSummary => ({
    method,
    steps,
    seconds: steps * (1 + i),
    trainingSeconds: steps * (1 + i),
    secondsPerStep: 1 + i,
    units: steps * 100,
    skipped: i,
    scores: scoresOf((gains[i] ?? 0) * (1 + seed / 10)),
  });
  return {
    format: 2,
    kind,
    model: isLanguage ? "smollm2" : "ViT, 2 layers",
    backend: "TensorFlow 2.21.0 on cpu",
    seed,
    steps,
    match: "steps",
    unit: isLanguage ? "tokens" : "images",
    data: { unlabeled: 154, feedback: 128, test: 4 },
    metrics: isLanguage ? languageMetrics : visionMetrics,
    primaryMetric: isLanguage ? "nll" : "mIoU",
    before: scoresOf(-0.1),
    methods: methods.map(summaryOf),
    ...(!isLanguage && { stall: 0.055, skippedSamples: { unlabeled: 2, test: 0 } }),
    peakResidentBytes: 2.69e9,
    finishedAt: "2026-11-29T02:00:00.000Z",
  };
}

/** Writes a whole run folder for a summary, with every log and artifact that a report reads. */
export function writeFixtureRun(folder: string, summary: RunSummary): string {
  const { seed, kind, steps, primaryMetric } = summary;
  mkdirSync(folder, { recursive: true });
  const names = summary.methods.map(({ method }) => method);
  writeFileSync(join(folder, "summary.json"), JSON.stringify(summary));
  writeFileSync(join(folder, "config.json"), JSON.stringify({ kind, seed, steps, methods: names }));
  for (const [i, { method, units, scores }] of summary.methods.entries()) {
    const own = join(folder, method);
    mkdirSync(own, { recursive: true });
    const log = (name: string, record: (step: number) => object): void => {
      const lines = Array.from({ length: steps }, (_, step) => JSON.stringify({ step, ...record(step) }));
      writeFileSync(join(own, `${name}.jsonl`), lines.join("\n"));
    };
    log("metrics", (step) => ({
      loss: 2 - step / 10,
      ...(i > 0 && { value: 0.01 * (step + seed), gate: 0.5, gateLow: 0.2, gateHigh: 0.8, feedbackCosine: 0.7 }),
      ...(step === 1 && { gradientNorm: "NaN" }),
    }));
    log("timings", () => ({ seconds: 1 + i, dataSeconds: 0.1, unitsPerSecond: 100, residentMegabytes: 700 }));
    log("evaluations", (step) => ({
      step: step + 1,
      units: ((step + 1) * units) / steps,
      seconds: (step + 1) * (1 + i),
      quick: true,
      metrics: { [primaryMetric]: scores.metrics[primaryMetric]! + (steps - 1 - step) / 10 },
    }));
    log("probe", (step) => ({ loss: 2 - step / 20, predicted: 0.01 * step, realised: 0.009 * step + 0.001 * i }));
    writeArtifacts(own, kind, method);
  }
  return folder;
}

/** A picture of one pixel. */
const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

function writeArtifacts(folder: string, kind: string, method: string): void {
  if (kind === "vision") {
    writeFileSync(
      join(folder, "skipped-samples.jsonl"),
      JSON.stringify({ step: 0, name: "torn.png", reason: "cut short" }),
    );
    if (method === "value") writeFileSync(join(folder, "masks.png"), png);
    return;
  }
  if (method === "baseline") return;
  const position = (gate: number) => ({
    context: "Two and two",
    truth: " are",
    gate,
    candidates: [{ token: " are", learner: 0.5, target: 1 - gate }],
  });
  const snapshot = (gate: number) => ({ positions: [position(gate)], gates: [gate], slots: [1 - gate, gate] });
  writeFileSync(join(folder, "targets.json"), JSON.stringify({ before: snapshot(0.5), after: snapshot(0.25) }));
}
