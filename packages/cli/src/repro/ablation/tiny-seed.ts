import * as tf from "@tensorflow/tfjs";
import {
  adamW,
  createTrainState,
  vPretrain,
  warmupCosine,
  type Compile,
  type Params,
  type TrainState,
} from "@vpt/core";
import {
  causalLearner,
  decoderNames,
  exampleBatches,
  exampleNll,
  initDecoder,
  languageArm,
  nextTokenDesigner,
  tailNames,
  type DecoderConfig,
  type LanguageArm,
} from "@vpt/lang";
import type { Progress } from "../../progress.js";
import { compile as native } from "../../train/compile.js";
import {
  collation,
  documentBatches,
  documents,
  downstream,
  stream,
  vocabularySize,
  type DialectOptions,
} from "./dialect.js";

/** Two blocks of width 32. */
export const tinyLearner: DecoderConfig = {
  modelType: "llama",
  vocabSize: vocabularySize,
  hiddenSize: 32,
  intermediateSize: 92,
  layers: 2,
  heads: 4,
  keyValueHeads: 4,
  headDim: 8,
  normEpsilon: 1e-5,
  ropeTheta: 10_000,
  maxPositions: 32,
  tied: false,
  initializerRange: 0.1,
  endIds: [],
};

/** The settings, fixed before the reported seeds were run. */
export const tinySettings = {
  warmSteps: 800,
  steps: 150,
  batchSize: 16,
  learningRate: 4e-3,
  weightDecay: 0.01,
  feedbackRows: 256,
  testRows: 512,
  feedbackBatch: 16,
  period: 2,
  gateMaximum: 0.9,
  designerLearningRate: 1e-3,
} as const;
/** {@link tinySettings}, or fewer steps for a test. */
export type TinySettings = { readonly [Key in keyof typeof tinySettings]: number };

/** How an arm ended. */
export interface ArmResult {
  readonly nll: number;
  readonly accuracy: number;
  readonly steps: number;
  readonly seconds: number;
}
/** The arms of one seed, and baseline and value on a stream that has nothing to correct. */
export interface SeedRow {
  readonly seed: number;
  readonly arms: Readonly<Record<string, ArmResult>>;
  readonly clean: Readonly<Record<string, ArmResult>>;
}

/** Arms as rows of the table: a language arm, perhaps with another gate or as many steps as the value arm's time allows. */
const entries: readonly { readonly name: string; readonly arm: LanguageArm; readonly gate?: number }[] = [
  { name: "baseline", arm: "baseline" },
  { name: "value", arm: "value" },
  { name: "self-distillation", arm: "self-distillation" },
  { name: "self-distillation-0.9", arm: "self-distillation", gate: 0.9 },
  { name: "random", arm: "random" },
  { name: "shuffled", arm: "shuffled" },
  { name: "uniform", arm: "uniform" },
  { name: "sign-flipped", arm: "sign-flipped" },
  { name: "oracle", arm: "oracle" },
  { name: "tilt", arm: "tilt" },
  { name: "sft", arm: "sft" },
];
/** Rows of the table; the last is the baseline with as much time as the value arm took. */
export const tinyArms: readonly string[] = [...entries.map(({ name }) => name), "baseline-equal-time"];

/** How a seed is run. */
export interface TinyOptions {
  readonly settings?: TinySettings;
  /** The identity runs eagerly: for few steps, tracing costs more than it saves. */
  readonly compile?: Compile;
  readonly progress: Progress;
}

/** All arms of one seed from one warm start, on the same batches. */
export async function runTinySeed(
  seed: number,
  { settings = tinySettings, compile = native, progress }: TinyOptions,
): Promise<SeedRow> {
  const noisy = await startFrom(seed, stream, settings, compile);
  const arms: Record<string, ArmResult> = {};
  for (const { name, arm, gate } of entries) {
    arms[name] = await noisy.run(arm, gate);
    progress.update(
      `seed ${seed} ${name}: NLL ${arms[name].nll.toFixed(3)}, accuracy ${arms[name].accuracy.toFixed(3)}`,
    );
  }
  const { baseline, value } = arms as Record<"baseline" | "value", ArmResult>;
  const affordable = Math.round((settings.steps * value.seconds) / baseline.seconds);
  arms["baseline-equal-time"] = await noisy.run("baseline", undefined, affordable);
  noisy.dispose();
  const aligned = await startFrom(seed, downstream, settings, compile);
  const clean = { baseline: await aligned.run("baseline"), value: await aligned.run("value") };
  aligned.dispose();
  progress.say(`seed ${seed}: baseline ${baseline.nll.toFixed(3)}, value ${value.nll.toFixed(3)}`);
  return { seed, arms, clean };
}

/** A learner warmed up on a stream by ordinary pretraining, from which each arm goes on with the same batches. */
async function startFrom(seed: number, data: DialectOptions, settings: TinySettings, compile: Compile) {
  const { warmSteps, batchSize, learningRate } = settings;
  const learner = causalLearner(tinyLearner);
  const optimizer = adamW({ beta2: 0.95, weightDecay: settings.weightDecay });
  const designerOptimizer = adamW();
  const common = { learner, optimizer, compile };
  const batches = documentBatches(seed, batchSize, data);
  const warm = await vPretrain({
    ...common,
    state: createTrainState({ params: initDecoder(tinyLearner, seed), optimizer, seed }),
    batches,
    steps: warmSteps,
    designer: nextTokenDesigner(),
    learningRate: (step) => learningRate * Math.min(1, (step + 1) / 20),
  });
  const position = batches.state();
  const feedback = documents(settings.feedbackRows, 1000 + seed, downstream);
  const test = documents(settings.testRows, 2000 + seed, downstream);

  const run = async (
    arm: LanguageArm,
    fixedGate = settings.gateMaximum / 2,
    steps = settings.steps,
  ): Promise<ArmResult> => {
    const { trainOn, ...parts } = languageArm(arm, {
      config: tinyLearner,
      feedback: { examples: feedback, batchSize: settings.feedbackBatch, compile, ...collation },
      seed,
      fixedGate,
      designer: {
        layers: 1,
        width: 32,
        candidates: 8,
        vocabularySize,
        embedding: "own",
        gateMaximum: settings.gateMaximum,
        gateTarget: settings.gateMaximum / 2,
        gateBudget: 0,
        divergenceWeight: 0,
      },
      tilt: { gate: settings.gateMaximum / 2 },
      value: {
        subset: [...tailNames(tinyLearner, 1), "lm_head.weight"],
        designerOptimizer,
        designerLearningRate: () => settings.designerLearningRate,
        period: settings.period,
        burnInSteps: warmSteps,
        align: "dot",
        feedbackMomentum: 0,
      },
    });
    const rows = trainOn
      ? exampleBatches(trainOn, { batchSize, seed, ...collation })
      : documentBatches(seed, batchSize, data);
    if (!trainOn) await rows.restore(position);
    const schedule = warmupCosine({ peak: learningRate, steps });
    const laps: number[] = [];
    let lap = performance.now();
    const last = await vPretrain({
      ...common,
      ...parts,
      state: branch(warm, parts.designer.init(seed), designerOptimizer),
      batches: rows,
      steps: warmSteps + steps,
      learningRate: (step) => schedule(step - warmSteps),
      onStep: () => {
        laps.push(performance.now() - lap);
        lap = performance.now();
      },
    });
    const { nllPerToken, accuracy } = await exampleNll(tinyLearner, last.params, test, { batchSize: 256, compile });
    disposeState(last);
    return { nll: nllPerToken, accuracy, steps, seconds: steadySeconds(laps) };
  };
  return { run, dispose: () => disposeState(warm) };
}

/** Seconds of all steps at the pace after tracing: the first tenth counts at the mean of the others. */
function steadySeconds(laps: readonly number[]): number {
  const steady = laps.slice(Math.ceil(laps.length / 10));
  return ((steady.reduce((sum, ms) => sum + ms, 0) / steady.length) * laps.length) / 1000;
}

const clone = (params: Params): Params =>
  Object.fromEntries(Object.entries(params).map(([name, tensor]) => [name, tensor.clone()]));

/** The warm state with a fresh designer, in tensors of its own. */
const branch = (
  { step, params, optimizer, counts, feedbackRandom }: TrainState,
  designerParams: Params,
  designerOptimizer: ReturnType<typeof adamW>,
): TrainState => ({
  step,
  params: clone(params),
  optimizer: { count: optimizer.count, first: clone(optimizer.first), second: clone(optimizer.second) },
  designerParams,
  designerOptimizer: designerOptimizer.init(designerParams),
  feedbackAverage: {},
  counts,
  feedbackRandom,
});

const disposeState = ({ params, optimizer, designerParams, designerOptimizer, feedbackAverage }: TrainState): void =>
  tf.dispose([params, optimizer, designerParams, designerOptimizer, feedbackAverage] as tf.TensorContainer);

/** Parameters of the learner. */
export const tinyParameterCount = (): number => {
  const params = initDecoder(tinyLearner, 0);
  const count = decoderNames(tinyLearner).reduce((sum, name) => sum + params[name]!.size, 0);
  tf.dispose(params);
  return count;
};
