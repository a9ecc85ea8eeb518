import type {
  Auxiliary,
  BatchSource,
  Designer,
  Feedback,
  MicroBatches,
  Optimizer,
  Params,
  StepMetrics,
  TrainState,
  TrainStateOptions,
  TrainStepOptions,
} from "@vpt/core";
import type * as tf from "@tensorflow/tfjs";
import type { z } from "zod";
import type { PresetUse } from "./config/preset-use.js";
import type { SharedConfig } from "./config/shared-config.js";
import type { Progress } from "./progress.js";
import type { Artifact, Metric, Scores } from "./run-summary.js";

/** A method of the user's own: it trains like `value`, with the parts given here in place of the built-in ones. */
export interface CustomMethod<Batch = unknown, View = unknown> {
  /** Name of the method's folder and of its row in the summary: letters, digits, dots and dashes. */
  readonly name: string;
  /** Makes the learner's task. @default the workload's learned designer */
  readonly designer?: Designer<Batch, View> | undefined;
  /** Estimates the downstream gradient. @default the gradient on `data.feedback` */
  readonly feedback?: Feedback | undefined;
  /** Further metrics of the trained parameters, beside the workload's own, for the summary. */
  readonly evaluate?: ((params: Params) => Promise<Record<string, number>>) | undefined;
}

/** One entry of `methods` in a configuration: a built-in method by name, or the user's own. */
export type MethodSpec<Batch = unknown, View = unknown, Name extends string = string> =
  Name | CustomMethod<Batch, View>;

/** A method as a workload receives it: a built-in one has only a name. */
export interface ResolvedMethod<Batch = unknown, View = unknown> {
  readonly name: string;
  readonly custom?: CustomMethod<Batch, View>;
}

/** Held-out downstream rows, for the predicted against the realised decrease of single steps. */
export interface ProbePlan {
  readonly downstream: (params: Params) => tf.Scalar;
  /** Draws batches of the same rows, as the method's feedback does of its own; left out where one batch holds them. */
  readonly feedback?: Feedback;
  /** Frees what `downstream` holds. */
  dispose(): void;
}

/** Where every method starts: the workload's own parameters, or those of the pretraining before the methods. */
export interface MethodStart {
  readonly params: Params;
  /** Groups that the pretraining moved, such as an EMA teacher. */
  readonly auxiliary: Auxiliary;
}

/** How one method trains: the step, its batches, and what is measured on the way. */
export interface MethodPlan<Batch, View> {
  readonly step: TrainStepOptions<Batch, View> & { readonly designerOptimizer?: Optimizer };
  readonly batches: BatchSource<Batch | MicroBatches<Batch>>;
  /** Tokens or images of one step, over all processes. */
  readonly unitsPerStep: number;
  /** Names of the parameters that the learner trains, where they differ from the workload's. */
  readonly trainable?: readonly string[];
  /**
   * Groups, counters and random streams that the method's auxiliary update moves, from where all methods start. New
   * tensors.
   */
  readonly initial?: (start: MethodStart) => Pick<TrainStateOptions, "auxiliary" | "counters" | "random">;
  /** Seed of the state and of the designer. @default the configuration's seed */
  readonly seed?: number;
  readonly probe?: ProbePlan | undefined;
  /**
   * Makes a probe for one state, where the downstream loss needs heads fitted to the state's features. `vpt probe`
   * takes it where there is no `probe`; nothing is probed during the run.
   */
  readonly probeAt?: (params: Params) => Promise<ProbePlan>;
  /** Computes what a detector has to say about a step's metrics, such as a collapsed gate. */
  readonly detectors?: readonly ((metrics: StepMetrics) => string | undefined)[];
  /** Returns further numbers of the step just taken for `metrics.jsonl`, and forgets them. */
  readonly takeMetrics?: () => Readonly<Record<string, unknown>>;
  /** Samples left out of the training stream so far, each once. */
  readonly skippedSamples?: () => readonly SkippedRow[];
}

/** A sample that could not be used, and why. */
export interface SkippedRow {
  readonly name: string;
  readonly reason: string;
}

/** What a run gives a workload when it opens it. */
export interface RunContext {
  /** The backend in use, as reports name it. */
  readonly backend: string;
  readonly progress: Progress;
  /** True in the process that logs, evaluates and writes. */
  readonly isPrimary: boolean;
}

/** Which evaluation a run asks for. */
export interface EvaluateOptions {
  /** The small evaluation that runs during training. */
  readonly quick: boolean;
  /** How progress names it. */
  readonly label: string;
  /** The method that the parameters are of; undefined for those that all methods start from. */
  readonly method?: string;
}

/** A workload with its model and data loaded. */
export interface OpenWorkload<Batch, View> {
  /** The start of every method. The run owns these tensors and frees them. */
  readonly params: Params;
  readonly trainable: readonly string[];
  readonly unit: "tokens" | "images";
  /** How the summary names the model. */
  readonly model: string;
  /** Sizes of the data sets, in rows or images. */
  readonly data: Readonly<Record<string, number>>;
  /** The metric that a report sorts by. */
  readonly primaryMetric: Metric;
  readonly metrics: readonly Metric[];
  /**
   * The preset that the configuration names, and what it has otherwise; the run logs it and keeps it in its summary.
   */
  readonly preset?: PresetUse | undefined;
  /**
   * Plans a method: new options, batches from their start.
   *
   * @param plan.steps Steps that it takes, which its schedules span. @default the configuration's `steps`
   */
  method(method: ResolvedMethod<Batch, View>, plan?: { readonly steps: number }): MethodPlan<Batch, View>;
  /** The ordinary objective for `pretrainSteps` steps. @default `method({ name: "baseline" })` */
  pretrain?(): MethodPlan<Batch, View>;
  /** Scores parameters on held-out data. */
  evaluate(params: Params, options: EvaluateOptions): Promise<Scores>;
  /**
   * Files worth keeping in a method's `folder`: at its first step with a task of its own ("start"), and after its last
   * ("end"). A method that only ever takes the ordinary task has no "start".
   */
  artifacts?(method: string, state: TrainState, when: "start" | "end", folder: string): Promise<readonly Artifact[]>;
  /** Samples that were left out when the data were read, by data set. */
  skippedSamples?(): Readonly<Record<string, readonly SkippedRow[]>>;
  /** Frees everything but `params`, which the run owns. */
  close(): Promise<void>;
}

/** What a modality owes the runner. A third modality is one file that implements it. */
export interface Workload<Config extends SharedConfig, Batch, View> {
  /** `"language"`, `"vision"`, or the user's own word; it is written into summaries and checkpoints. */
  readonly kind: string;
  /** The whole configuration: the workload's own keys beside {@link sharedConfigShape}. */
  readonly schema: z.ZodType<Config>;
  open(config: Config, context: RunContext): Promise<OpenWorkload<Batch, View>>;
  /**
   * What a run would do, from its configuration alone: as JSON, and as Markdown for people. `where` names the
   * configuration.
   */
  plan?(config: Config, where: string): { readonly plan: object; readonly text: string };
}

/** Splits a configuration's entry into the name and the user's own parts. */
export const resolveMethod = <Batch, View>(method: MethodSpec<Batch, View>): ResolvedMethod<Batch, View> =>
  typeof method === "string" ? { name: method } : { name: method.name, custom: method };

/** The name of a configuration's entry. */
export const methodName = (method: MethodSpec): string => (typeof method === "string" ? method : method.name);
