import * as tf from "@tensorflow/tfjs";
import { compile } from "@vpt/backend";
import { isMetaStep, pick, type BatchSource, type Feedback, type Params } from "@vpt/core";
import {
  causalLearner,
  collate,
  lmFeedback,
  nextTokenTask,
  streamBatches,
  type DecoderConfig,
  type ExampleStream,
  type LanguageBatch,
} from "@vpt/lang";
import { feedbackRowsOf, languageStep } from "./language-step.js";
import { peakMemory, resetPeakMemory } from "./peak-memory.js";
import { randomRows, shapes, type ShapeName } from "./shapes.js";
import type { ValueMethodName } from "./value-methods.js";

/** What a step is made of while it is timed. */
export const overheadModes = ["end-to-end", "compute-only"] as const;
/** One of `overheadModes`. */
export type OverheadMode = (typeof overheadModes)[number];

/** What one process of `vpt bench overhead` trains. */
export interface OverheadSetup {
  readonly method: "baseline" | ValueMethodName;
  readonly shape: ShapeName;
  readonly batch: number;
  readonly tokens: number;
  readonly candidates: number;
  readonly blocks: number;
  /** r: a value update every so many steps. */
  readonly every: number;
}

/** A window of consecutive steps, by the clock of the process that took them. */
export interface OverheadWindow {
  readonly steps: number;
  /** Wall clock of the whole window. */
  readonly seconds: number;
  /** Processor time of all threads, of the program and the system. */
  readonly cpuSeconds: number;
  /** Wall clock of each step with a value update; empty for the baseline. */
  readonly updateSeconds: readonly number[];
  /** Wall clock of each other step. */
  readonly otherSeconds: readonly number[];
  /** Largest resident memory. */
  readonly peakBytes: number;
  /** Whether the peak is the window's own; otherwise it is the process's. */
  readonly isPeakOfWindow: boolean;
}

/** Takes windows of steps, in one process. */
export interface OverheadRunner {
  run(mode: OverheadMode, steps: number): Promise<OverheadWindow>;
  dispose(): void;
}

/** Where rows come from, and the clock. */
interface RunnerOptions {
  /** Opens the stream of packed rows for `end-to-end`. */
  readonly open: () => ExampleStream;
  readonly now?: () => number;
}

/**
 * Makes the learner of one process, all parameters trained, with a baseline or a V-Pretraining step. `end-to-end`
 * draws, tokenises, packs and uploads each batch, and draws each feedback batch; `compute-only` holds one batch of each
 * on the device.
 */
export function openOverheadRunner(
  setup: OverheadSetup,
  { open, now = () => performance.now() }: RunnerOptions,
): OverheadRunner {
  const { method, shape, batch, tokens, candidates, blocks, every } = setup;
  const config = shapes[shape];
  let mode: OverheadMode = "compute-only";
  const feedbacks = method === "baseline" ? undefined : feedbacksOf(config, setup);
  const gradient: Feedback["gradient"] = (...args) => feedbacks![mode].gradient(...args);
  const value =
    method === "baseline" ? {} : { value: { method, candidates, blocks, updateEvery: every, feedback: { gradient } } };
  const learner = languageStep({ config, batch, tokens, ...value });
  let stream: BatchSource<LanguageBatch> | undefined;
  const takeStep = async (): Promise<void> => {
    if (mode === "compute-only") return void (await learner.step());
    const collation = { batchSize: batch, padToMultiple: tokens, padPositionsToMultiple: batch * tokens };
    stream ??= streamBatches(open(), collation);
    const data = (await stream.next())!;
    await learner.step(data);
    tf.dispose(data as tf.TensorContainer);
  };
  let step = 0;
  return {
    async run(asked, steps) {
      mode = asked;
      const isPeakOfWindow = resetPeakMemory();
      const seconds = { update: [] as number[], other: [] as number[] };
      const cpu = process.cpuUsage();
      const start = now();
      let last = start;
      for (let i = 0; i < steps; i++, step++) {
        await takeStep();
        const isUpdate = method !== "baseline" && isMetaStep(step, { updateEvery: every });
        const end = now();
        seconds[isUpdate ? "update" : "other"].push((end - last) / 1000);
        last = end;
      }
      const { user, system } = process.cpuUsage(cpu);
      return {
        steps,
        seconds: (last - start) / 1000,
        cpuSeconds: (user + system) / 1e6,
        updateSeconds: seconds.update,
        otherSeconds: seconds.other,
        peakBytes: peakMemory(),
        isPeakOfWindow,
      };
    },
    dispose() {
      learner.dispose();
      feedbacks?.dispose();
    },
  };
}

/** Feedback that draws its rows each time, and one whose batch stays on the device. */
function feedbacksOf(
  config: DecoderConfig,
  { batch, tokens }: OverheadSetup,
): Readonly<Record<OverheadMode, Feedback>> & { dispose(): void } {
  const batchSize = feedbackRowsOf(batch);
  const examples = randomRows(config, 2 * batch, tokens, 1);
  const collation = { padToMultiple: tokens, padPositionsToMultiple: batchSize * tokens };
  const resident = collate(examples.slice(0, batchSize), collation);
  const learner = causalLearner(config);
  const gradientOf = compile((params: Params, moving: Params, rows: LanguageBatch): Params => {
    const names = Object.keys(moving);
    const gradients = tf.grads((...tensors: tf.Tensor[]) => {
      const moved = Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
      return learner.loss({ ...params, ...moved }, rows, () => nextTokenTask(rows));
    })(Object.values(moving));
    return Object.fromEntries(names.map((name, i) => [name, gradients[i]!]));
  });
  return {
    "end-to-end": lmFeedback(config, { examples, batchSize, compile, ...collation }),
    "compute-only": { gradient: (params, subset) => gradientOf(params, pick(params, subset), resident) },
    dispose() {
      gradientOf.dispose();
      tf.dispose(resident as tf.TensorContainer);
    },
  };
}
