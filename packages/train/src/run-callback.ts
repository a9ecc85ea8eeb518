import type { StepMetrics, TrainState } from "@vpt/core";
import type { Metric, RunSummary } from "./run-summary.js";

/** A run as it begins. */
export interface RunInfo {
  readonly kind: string;
  /** The run folder. */
  readonly out: string;
  readonly config: object;
  readonly methods: readonly string[];
  readonly steps: number;
  readonly unit: "tokens" | "images";
  readonly metrics: readonly Metric[];
  readonly primaryMetric: Metric;
}

/** One method as its training begins; `state.step` is above 0 where the run resumes. */
export interface MethodInfo {
  /** The method's name, or `"pretrain"`. */
  readonly method: string;
  /** The method's own folder. */
  readonly folder: string;
  readonly steps: number;
  readonly unitsPerStep: number;
  readonly unit: "tokens" | "images";
  readonly state: TrainState;
  readonly resumed: boolean;
}

/** A step that has been taken. */
export interface StepEvent {
  readonly method: string;
  readonly folder: string;
  /** Index of the step, from 0. */
  readonly step: number;
  /** Steps of the method in all. */
  readonly steps: number;
  readonly metrics: StepMetrics;
  /** Further fields for `metrics.jsonl` that are no plain numbers. */
  readonly extraMetrics: Readonly<Record<string, unknown>>;
  /** Wall-clock seconds since the step before, callbacks left out. */
  readonly seconds: number;
  /** Of those, seconds spent waiting for the batch. */
  readonly dataSeconds: number;
  /** True where the step compiled a graph, which its seconds include. */
  readonly compiled: boolean;
  /** Tokens or images of the step. */
  readonly units: number;
  readonly unit: "tokens" | "images";
  /** The state after the step. The loop owns its tensors: use them before returning. */
  readonly state: TrainState;
  /** The state before the step; freed when the callbacks have returned. */
  readonly previous: TrainState;
}

/** An evaluation during the run. */
export interface EvaluateEvent {
  readonly method: string;
  readonly folder: string;
  /** Learner steps behind the parameters. */
  readonly step: number;
  readonly units: number;
  readonly seconds: number;
  readonly quick: boolean;
  readonly metrics: Readonly<Record<string, number>>;
  /** True where `evaluate.best` names a metric and this evaluation has its best value so far. */
  readonly isBest: boolean;
}

/**
 * A checkpoint that is being saved: logs flush first, then the checkpoint is written, then the user's callbacks run.
 */
export interface CheckpointEvent {
  readonly method: string;
  readonly folder: string;
  readonly step: number;
  readonly state: TrainState;
  /** The cursor of the batches. */
  readonly data: unknown;
}

/**
 * Watches a run. The metrics log, the progress line, checkpoints, alarms, the step probe and evaluations are callbacks
 * too. Callbacks run in the first process only, in order, and are awaited; what one throws ends the run.
 *
 * @example
 * ```ts
 * import type { RunCallback } from "@vpt/train";
 * const printLoss: RunCallback = { onStep: ({ step, metrics }) => console.log(step, metrics["loss"]) };
 * ```
 * @category running
 */
export interface RunCallback {
  onRunStart?(run: RunInfo): void | Promise<void>;
  onMethodStart?(method: MethodInfo): void | Promise<void>;
  onStep?(event: StepEvent): void | Promise<void>;
  onEvaluate?(event: EvaluateEvent): void | Promise<void>;
  onCheckpoint?(event: CheckpointEvent): void | Promise<void>;
  /** After the method's last step; not when the run is stopped before it. */
  onMethodEnd?(method: MethodInfo): void | Promise<void>;
  onRunEnd?(summary: RunSummary): void | Promise<void>;
}

type Hook = keyof RunCallback;
type EventOf<Name extends Hook> = Parameters<NonNullable<RunCallback[Name]>>[0];

/** Calls one hook of every callback in order. */
export async function notify<Name extends Hook>(
  callbacks: readonly RunCallback[],
  name: Name,
  event: EventOf<Name>,
): Promise<void> {
  for (const callback of callbacks)
    await (callback[name] as ((event: EventOf<Name>) => void | Promise<void>) | undefined)?.call(callback, event);
}
