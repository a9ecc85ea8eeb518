import * as tf from "@tensorflow/tfjs";
import {
  adamW,
  cloneParams,
  createTrainState,
  disposeUnreferenced,
  vPretrain,
  warmupCosine,
  type Compile,
  type Params,
  type StepMetrics,
  type TrainState,
  type TrainStepOptions,
  type ValueStepOptions,
} from "@vpt/core";
import {
  causalLearner,
  decoderNames,
  exampleBatches,
  exampleNll,
  initDecoder,
  languageMethod,
  nextTokenDesigner,
  lastBlockParameters,
  type DecoderConfig,
  type Example,
  type LanguageMethod,
  type LanguageBatch,
  type LanguageView,
  type TopKOptions,
} from "@vpt/lang";
import type { Progress } from "@vpt/train";
import {
  collationOf,
  documentBatches,
  documents,
  downstream,
  vocabularySize,
  type SyntheticDialectOptions,
} from "./synthetic-dialect.js";

/** Two blocks. */
export const tinyLearner = (width: number): DecoderConfig => ({
  modelType: "llama",
  vocabSize: vocabularySize,
  hiddenSize: width,
  intermediateSize: (width * 23) / 8,
  layers: 2,
  heads: 4,
  keyValueHeads: 4,
  headDim: width / 4,
  normEpsilon: 1e-5,
  ropeTheta: 10_000,
  maxPositions: 32,
  tied: false,
  initializerRange: 0.1,
  endIds: [],
});

/** The settings, fixed before the reported seeds were run. */
export const tinySettings = {
  answers: 3,
  width: 32,
  designerLayers: 1,
  warmSteps: 800,
  steps: 150,
  batchSize: 16,
  learningRate: 4e-3,
  weightDecay: 0.01,
  feedbackRows: 256,
  testRows: 512,
  feedbackBatch: 16,
  updateEvery: 2,
  maxGate: 0.9,
  designerLearningRate: 1e-3,
} as const;
/** {@link tinySettings}, or fewer steps for a test. */
export type TinySettings = { readonly [Key in keyof typeof tinySettings]: number };

/** How a seed of a study at tiny scale is run. */
export interface TinyOptions {
  readonly settings?: TinySettings;
  /** The identity runs eagerly: for few steps, tracing costs more than it saves. */
  readonly compile?: Compile;
  readonly progress: Progress;
}

/** How a method ended. */
export interface MethodResult {
  readonly nll: number;
  readonly accuracy: number;
  readonly steps: number;
  readonly seconds: number;
}
/** Options of every step of a method. */
export type TinyStepOptions = TrainStepOptions<LanguageBatch, LanguageView>;
/** What a run of a method may change. */
export interface TinyRun {
  /** α of the methods with a fixed target. */
  readonly fixedGate?: number;
  readonly steps?: number;
  /** Feedback documents; the settings' number by default. */
  readonly feedbackRows?: number;
  /** Plain steps of the method before its first meta step. */
  readonly burnInSteps?: number;
  /** Of the learned designer, in place of the settings'. */
  readonly designer?: Partial<TopKOptions>;
  /** Of the value, in place of the settings'. */
  readonly value?: Partial<Omit<ValueStepOptions, "feedback">>;
  /** Sees the batch of each step beside what {@link vPretrain} tells. */
  readonly onStep?: (seen: {
    readonly step: number;
    readonly batch: LanguageBatch;
    /** The method as the loop runs it. */
    readonly options: TinyStepOptions;
    readonly metrics: StepMetrics;
    readonly now: TrainState;
    readonly previous: TrainState;
  }) => void | Promise<void>;
}

/** A warmed-up learner and what goes on from it. */
export interface TinyStart {
  readonly test: readonly Example[];
  /** Held-out NLL and accuracy. */
  score(params: Params): Promise<Pick<MethodResult, "nll" | "accuracy">>;
  run(method: LanguageMethod, options?: TinyRun): Promise<MethodResult>;
  dispose(): void;
}

/** A learner warmed up on a stream by ordinary pretraining, from which each method goes on with the same batches. */
export async function startTiny(
  seed: number,
  { noise, dialect }: SyntheticDialectOptions,
  settings: TinySettings,
  compile: Compile,
): Promise<TinyStart> {
  const { warmSteps, batchSize, learningRate, answers } = settings;
  const config = tinyLearner(settings.width);
  const optimizer = adamW({ beta2: 0.95, weightDecay: settings.weightDecay });
  const common = { learner: causalLearner(config), optimizer, compile };
  const data = { noise, dialect, answers };
  const batches = documentBatches(seed, batchSize, data);
  const warm = await vPretrain({
    ...common,
    state: createTrainState({ params: initDecoder(config, seed), optimizer, seed }),
    batches,
    steps: warmSteps,
    designer: nextTokenDesigner(),
    learningRate: (step) => learningRate * Math.min(1, (step + 1) / 20),
  });
  const test = documents(settings.testRows, 2000 + seed, { ...downstream, answers });
  const score = async (params: Params): Promise<Pick<MethodResult, "nll" | "accuracy">> => {
    const { nllPerToken, accuracy } = await exampleNll(config, params, test, { batchSize: 256, compile });
    return { nll: nllPerToken, accuracy };
  };
  const warmed = { seed, settings, config, common, data, warm, position: batches.state(), score };
  return {
    test,
    score,
    run: (method, options) => runTiny(warmed, method, options),
    dispose: () => disposeUnreferenced(warm),
  };
}

/** The pretrained state and the data that every method starts from. */
interface WarmedUp {
  readonly seed: number;
  readonly settings: TinySettings;
  readonly config: DecoderConfig;
  readonly common: Pick<TinyStepOptions, "learner" | "optimizer"> & { readonly compile: Compile };
  readonly data: Parameters<typeof documentBatches>[2];
  readonly warm: TrainState;
  /** Of the stream, after the warm-up. */
  readonly position: ReturnType<ReturnType<typeof documentBatches>["state"]>;
  readonly score: TinyStart["score"];
}

async function runTiny(warmed: WarmedUp, method: LanguageMethod, run: TinyRun = {}): Promise<MethodResult> {
  const { seed, settings, common, warm, score } = warmed;
  const { steps = settings.steps, onStep } = run;
  const { warmSteps } = settings;
  const designerOptimizer = adamW();
  const { trainOn, ...parts } = languageMethod(method, methodOptions(warmed, designerOptimizer, run));
  const rows = await batchesOf(warmed, trainOn);
  const schedule = warmupCosine({ peak: settings.learningRate, steps });
  const options: TinyStepOptions = { ...common, ...parts, learningRate: (step) => schedule(step - warmSteps) };
  let batch: LanguageBatch;
  const laps: number[] = [];
  let lap = performance.now();
  const last = await vPretrain({
    ...options,
    state: branch(warm, parts.designer.init(seed), designerOptimizer),
    batches: { ...rows, next: async () => (batch = (await rows.next())!) },
    steps: warmSteps + steps,
    onStep: async (metrics, now, previous) => {
      laps.push(performance.now() - lap);
      await onStep?.({ step: now.step - warmSteps, batch, options, metrics, now, previous });
      lap = performance.now();
    },
  });
  const scores = await score(last.params);
  disposeUnreferenced(last);
  return { ...scores, steps, seconds: steadySeconds(laps) };
}

/** The settings as the options of a method, with what a run changes. */
function methodOptions(
  { seed, settings, config, common: { compile } }: WarmedUp,
  designerOptimizer: ReturnType<typeof adamW>,
  { fixedGate = settings.maxGate / 2, feedbackRows = settings.feedbackRows, burnInSteps = 0, designer, value }: TinyRun,
): Parameters<typeof languageMethod>[1] {
  const examples = documents(feedbackRows, 1000 + seed, { ...downstream, answers: settings.answers });
  return {
    config,
    feedback: { examples, batchSize: settings.feedbackBatch, compile, ...collationOf(settings) },
    seed,
    fixedGate,
    designer: {
      layers: settings.designerLayers,
      width: 32,
      candidates: 8,
      vocabularySize,
      embedding: "own",
      maxGate: settings.maxGate,
      targetGate: settings.maxGate / 2,
      gatePenaltyWeight: 0,
      klWeight: 0,
      ...designer,
    },
    tilt: { gate: settings.maxGate / 2 },
    value: {
      subset: [...lastBlockParameters(config, 1), "lm_head.weight"],
      designerOptimizer,
      designerLearningRate: () => settings.designerLearningRate,
      updateEvery: settings.updateEvery,
      burnInSteps: settings.warmSteps + burnInSteps,
      preconditioner: "none",
      feedbackEmaDecay: 0,
      ...value,
    },
  };
}

/** Batches of a method's own rows, or of the stream from where the warm-up left it. */
async function batchesOf({ seed, settings, data, position }: WarmedUp, trainOn: readonly Example[] | undefined) {
  const { batchSize } = settings;
  if (trainOn) return exampleBatches(trainOn, { batchSize, seed, ...collationOf(settings) });
  const rows = documentBatches(seed, batchSize, data);
  await rows.restore(position);
  return rows;
}

/** Seconds of all steps at the pace after tracing: the first tenth counts at the mean of the others. */
function steadySeconds(laps: readonly number[]): number {
  const steady = laps.slice(Math.ceil(laps.length / 10));
  return ((steady.reduce((sum, ms) => sum + ms, 0) / steady.length) * laps.length) / 1000;
}

/** The warm state with a fresh designer, in tensors of its own. */
const branch = (
  { step, params, optimizer, counters, random }: TrainState,
  designerParams: Params,
  designerOptimizer: ReturnType<typeof adamW>,
): TrainState => ({
  step,
  params: cloneParams(params),
  optimizer: { count: optimizer.count, first: cloneParams(optimizer.first), second: cloneParams(optimizer.second) },
  designerParams,
  designerOptimizer: designerOptimizer.init(designerParams),
  feedbackEma: {},
  ahead: {},
  auxiliary: {},
  counters,
  random,
});

/** Parameters of the learner. */
export const tinyParameterCount = (): number => {
  const config = tinyLearner(tinySettings.width);
  const params = initDecoder(config, 0);
  const count = decoderNames(config).reduce((sum, name) => sum + params[name]!.size, 0);
  tf.dispose(params);
  return count;
};
