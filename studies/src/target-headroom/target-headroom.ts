import * as tf from "@tensorflow/tfjs";
import { useBackend } from "@vpt/backend";
import {
  createTrainState,
  disposeUnreferenced,
  globalNorm,
  mapParams,
  pick,
  randomFromSeed,
  trainStep,
  valueGradient,
  type Params,
  type TrainState,
} from "@vpt/core";
import {
  exampleNll,
  lmFeedback,
  nextTokenTask,
  tiltDesigner,
  type Example,
  type LanguageBatch,
  type SparseTarget,
} from "@vpt/lang";
import { backendName, compile } from "@vpt/train";
import { type LoadedExperiment, buildMethod, loadExperiment } from "@vpt/train/language";
import {
  type Study,
  type StudyOptions,
  type StudyResult,
  machineLine,
  requireData,
  smallEntries,
  smallRun,
  smallSteps,
} from "@vpt/bench/studies";
import { targetHeadroomPage } from "./target-headroom-page.js";
import { gradientStatistics } from "./gradient-statistics.js";
import { settings, tiltName, type Moved, type TargetHeadroomResult } from "./target-headroom-settings.js";

const planTargetHeadroom = (): string =>
  [
    `SmolLM2-135M after ${settings.plainSteps} plain steps of seed ${settings.seed}, GSM8K test rows ` +
      `${settings.testSkip} to ${settings.testSkip + settings.testRows - 1} (development).`,
    "1. The learner moved by ε along the preconditioned, averaged g_down " +
      `(${settings.feedbackBatches} × 8 rows): its GSM8K and MATH NLL. It is what the tilt target ` +
      "imitates.",
    "2. The learner's gradient by its source (labels of the stream, tilt targets, labels of the " +
      "feedback): what of it repeats from batch to batch, and what it gains a unit of AdamW's step.",
    `Nothing is asserted.`,
  ].join("\n");

/** How far can the target move the learner? */
async function runTargetHeadroom({ progress }: StudyOptions): Promise<StudyResult> {
  requireData();
  const began = performance.now();
  const machine = machineLine();
  const backend = await useBackend({ device: "auto", log: progress.log });
  const name = backendName(backend);
  const base = smallRun(settings.seed, smallSteps, smallEntries[0]!);
  const test = { ...(base.data.test as object), skip: settings.testSkip, limit: settings.testRows };
  const run = { ...base, data: { ...base.data, test } } as typeof base;
  const prepared = await loadExperiment(run, name, progress);
  const { options, trainable, batches } = buildMethod(prepared, "baseline", run);
  const { batches: labelled } = buildMethod(prepared, "sft", run);
  const state = await plainState(prepared, { trainable, options, batches });
  const { feedback, test: held } = prepared.datasets;
  const ours = await gradientOn(prepared, state, trainable, { rows: feedback, draws: settings.feedbackBatches });
  const theirs = await gradientOn(prepared, state, trainable, { rows: held, draws: held.length / 8 });
  const { preconditionerDamping } = run.value;
  const scaled = (g: Params): Params => options.optimizer.precondition(g, state.optimizer, preconditionerDamping);
  const directions = { preconditioned: unit(scaled(ours)), raw: unit(ours) };

  const line = await moveAlong(prepared, state.params, directions, progress);
  const gathered = gradientStatistics(theirs);
  for (let b = 0; b < settings.batches; b++) {
    progress.setStatus(`gradients: batch ${b + 1} of ${settings.batches}`);
    const [batch, rows] = [(await batches.next())! as LanguageBatch, (await labelled.next())! as LanguageBatch];
    gatherBatch(gathered, { prepared, state, trainable, options, direction: directions.preconditioned }, batch, rows);
    tf.dispose([batch, rows] as tf.TensorContainer);
  }
  const kinds = gathered.conclude();
  return concludeTargetHeadroom({
    study: "target-headroom",
    scale: "small",
    machine,
    backend: name,
    settings,
    minutes: (performance.now() - began) / 60_000,
    line,
    kinds,
  });
}

type Method = ReturnType<typeof buildMethod>;

/** The state after the plain steps. */
async function plainState(
  { model }: LoadedExperiment,
  { trainable, options, batches }: Pick<Method, "trainable" | "options" | "batches">,
): Promise<TrainState> {
  let state = createTrainState({
    params: { ...model.params, ...copies(pick(model.params, trainable)) },
    trainable,
    optimizer: options.optimizer,
    seed: settings.seed,
  });
  while (state.step < settings.plainSteps) {
    const [before, batch] = [state, (await batches.next())!];
    ({ state } = await trainStep(before, batch, options));
    disposeUnreferenced(before, state);
    tf.dispose(batch as tf.TensorContainer);
  }
  return state;
}

/** Scores at every distance along both directions. */
async function moveAlong(
  prepared: LoadedExperiment,
  params: Params,
  directions: Readonly<Record<Moved["direction"], Params>>,
  progress: StudyOptions["progress"],
): Promise<Moved[]> {
  const line: Moved[] = [];
  for (const direction of ["preconditioned", "raw"] as const) {
    for (const distance of direction === "raw" ? settings.rawDistances : settings.distances) {
      progress.setStatus(`moved by ${distance}, ${direction}`);
      line.push({
        direction,
        distance,
        ...(await scoreMoved(prepared, params, directions[direction], distance)),
      });
    }
  }
  return line;
}

/** Where gradients are taken, and the direction that the tilt follows. */
interface GradientsAt extends Pick<Method, "trainable" | "options"> {
  readonly prepared: LoadedExperiment;
  readonly state: TrainState;
  readonly direction: Params;
}

/** Adds the learner's preconditioned gradients from a batch of the stream and one of labelled feedback, by source. */
function gatherBatch(
  gathered: ReturnType<typeof gradientStatistics>,
  { prepared, state, trainable, options, direction }: GradientsAt,
  batch: LanguageBatch,
  rows: LanguageBatch,
): void {
  const gradient = (on: LanguageBatch, task: SparseTarget): Params => {
    const g = learnerGradient(options.learner.loss, state.params, trainable, on, task);
    const a = options.optimizer.precondition(g, state.optimizer);
    tf.dispose(g);
    return a;
  };
  const ownLabels = gradient(batch, nextTokenTask(batch));
  gathered.add("labels of the stream", ownLabels, ownLabels);
  for (const candidates of settings.candidates) {
    for (const [strength, task] of tilted(prepared, state, batch, direction, candidates, options.learner)) {
      const a = gradient(batch, task);
      gathered.add(tiltName(candidates, strength), a, ownLabels);
      tf.dispose([a, task] as tf.TensorContainer);
    }
  }
  const supervised = gradient(rows, nextTokenTask(rows));
  gathered.add("labels of the feedback", supervised, ownLabels);
  tf.dispose([ownLabels, supervised] as tf.TensorContainer);
}

const concludeTargetHeadroom = (json: Readonly<Record<string, unknown>>): StudyResult => ({
  json,
  text: targetHeadroomPage(json as unknown as TargetHeadroomResult),
  failures: [],
});

const copies = (params: Params): Params => mapParams(params, (tensor) => tensor.clone());
const unit = (g: Params): Params =>
  tf.tidy(() => {
    const norm = globalNorm(g);
    return mapParams(g, (tensor) => tensor.div(norm));
  });

/** Mean of `draws` gradients of eight rows each. */
async function gradientOn(
  { model, firstTrainableBlock: from }: LoadedExperiment,
  { params }: TrainState,
  trainable: readonly string[],
  { rows, draws }: { readonly rows: readonly Example[]; readonly draws: number },
): Promise<Params> {
  const feedback = lmFeedback(model.config, {
    examples: rows,
    batchSize: 8,
    padToMultiple: 64,
    padPositionsToMultiple: 128,
    compile,
    ...(from > 0 && { from }),
  });
  const random = randomFromSeed(settings.seed, "target-headroom");
  let sum: Params | undefined;
  for (let i = 0; i < draws; i++) {
    const [g, before] = [await feedback.gradient(params, trainable, random), sum];
    sum = before ? tf.tidy(() => mapParams(g, (tensor, name) => tensor.add(before[name]!))) : copies(g);
    tf.dispose([g, before] as tf.TensorContainer);
  }
  const total = sum!;
  const mean = mapParams(total, (tensor) => tensor.div(draws));
  tf.dispose(total);
  return mean;
}

/** NLL of `θ − ε·direction`. */
async function scoreMoved(
  { model, firstTrainableBlock: from, datasets: sets }: LoadedExperiment,
  params: Params,
  direction: Params,
  distance: number,
): Promise<Omit<Moved, "direction" | "distance">> {
  const moved = tf.tidy(() => mapParams(direction, (tensor, name) => params[name]!.sub(tensor.mul(distance))));
  const nllOf = (rows: readonly Example[]) =>
    exampleNll(model.config, { ...params, ...moved }, rows, { compile, ...(from > 0 && { from }) });
  const { nllPerToken: nll, accuracy } = await nllOf(sets.test);
  const { nllPerToken: math } = await nllOf(sets.unlabeledTest);
  tf.dispose(moved);
  return { nll, accuracy, math };
}

/** Tilt targets at gate 1 of every strength, from one derivative along the direction. */
function tilted(
  { model }: LoadedExperiment,
  { params }: TrainState,
  batch: LanguageBatch,
  direction: Params,
  candidates: number,
  learner: ReturnType<typeof buildMethod>["options"]["learner"],
): (readonly [number, SparseTarget])[] {
  const vocabularySize = Math.min(model.tokenizer.vocabularySize, model.config.vocabSize);
  const make = (strength: number) => tiltDesigner({ candidates, gate: 1, strength, vocabularySize });
  const { cotangent, task, value } = valueGradient({
    learner,
    designer: make(1),
    params,
    designerParams: {},
    batch,
    direction,
  });
  const targets = settings.strengths.map(
    (strength) => [strength, make(strength).closedFormTask!(cotangent, task, batch) as SparseTarget] as const,
  );
  tf.dispose([cotangent, task, value] as tf.TensorContainer);
  return targets;
}

function learnerGradient(
  loss: ReturnType<typeof buildMethod>["options"]["learner"]["loss"],
  params: Params,
  trainable: readonly string[],
  batch: LanguageBatch,
  task: SparseTarget,
): Params {
  const { value, grads } = tf.valueAndGrads((...moving: tf.Tensor[]) =>
    loss({ ...params, ...Object.fromEntries(trainable.map((name, i) => [name, moving[i]!])) }, batch, () => task),
  )(trainable.map((name) => params[name]!));
  value.dispose();
  return Object.fromEntries(trainable.map((name, i) => [name, grads[i]!]));
}

/** What limits the tilt on a real model: the target, or what the learner gets of it? */
export const targetHeadroom: Study = {
  scales: ["small"],
  run: runTargetHeadroom,
  plan: planTargetHeadroom,
  fromRows: concludeTargetHeadroom,
};
