import * as tf from "@tensorflow/tfjs";
import { useBackend } from "@vpt/backend";
import {
  createTrainState,
  disposeReplaced,
  globalNorm,
  innerProduct,
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
import { backendName } from "../../train/backend-name.js";
import { compile } from "../../train/compile.js";
import { openArm } from "../../train/open-arm.js";
import { prepare, type Prepared } from "../../train/prepare.js";
import { requireData, smallEntries, smallRun, smallSteps } from "../ablation/small-settings.js";
import type { Study, StudyOptions, StudyResult } from "../index.js";
import { machineLine } from "../machine.js";
import { describeMeasured, type Measured } from "../seed-study.js";
import { mixtureGain, stepGain, type GradientKind } from "./step-gains.js";

/** Fixed before the run. Development rows only: the rows of the small ablation's report choose nothing here. */
const settings = {
  seed: 100,
  testSkip: 250,
  testRows: 64,
  plainSteps: 3,
  feedbackBatches: 32,
  batches: 6,
  distances: [0, 0.25, 0.5, 1, 1.5, 2, 3, 4],
  rawDistances: [0.1, 0.3],
  strengths: [0, 0.5, 1, 2, 4],
  candidates: [32, 128],
  gates: [0.25, 0.5, 0.75, 0.9, 1],
} as const;

/** The learner moved along a direction, as a model. */
interface Moved {
  readonly direction: "preconditioned" | "raw";
  readonly distance: number;
  readonly nll: number;
  readonly accuracy: number;
  readonly math: number;
}

/** What the study finds. */
interface ReachResult extends Measured {
  readonly line: readonly Moved[];
  readonly kinds: Readonly<Record<string, GradientKind>>;
}

const planReach = (): string =>
  [
    `SmolLM2-135M after ${settings.plainSteps} plain steps of seed ${settings.seed}, GSM8K test rows ${settings.testSkip} to ${settings.testSkip + settings.testRows - 1} (development).`,
    `1. The learner moved by ε along the preconditioned, averaged g_down (${settings.feedbackBatches} × 8 rows): its GSM8K and MATH NLL. It is what the tilt target imitates.`,
    `2. The learner's gradient by its source (labels of the stream, tilt targets, labels of the feedback): what of it repeats from batch to batch, and what it gains a unit of AdamW's step.`,
    `Nothing is asserted.`,
  ].join("\n");

/** How far can the target move the learner? */
async function runReach({ progress }: StudyOptions): Promise<StudyResult> {
  requireData();
  const began = performance.now();
  const machine = machineLine();
  const backend = await useBackend({ device: "auto", log: progress.say });
  const name = backendName(backend);
  const base = smallRun(settings.seed, smallSteps, smallEntries[0]!);
  const test = { ...(base.data.test as object), skip: settings.testSkip, limit: settings.testRows };
  const run = { ...base, data: { ...base.data, test } } as typeof base;
  const prepared = await prepare(run, name, progress);
  const { options, trainable, batches } = openArm(prepared, "baseline", run);
  const { batches: labelled } = openArm(prepared, "sft", run);
  let state = createTrainState({
    params: { ...prepared.model.params, ...copies(pick(prepared.model.params, trainable)) },
    trainable,
    optimizer: options.optimizer,
    seed: settings.seed,
  });
  while (state.step < settings.plainSteps) {
    const [before, batch] = [state, (await batches.next())!];
    ({ state } = await trainStep(before, batch, options));
    disposeReplaced(before, state);
    tf.dispose(batch as tf.TensorContainer);
  }
  const { feedback, test: held } = prepared.sets;
  const ours = await gradientOn(prepared, state, trainable, { rows: feedback, draws: settings.feedbackBatches });
  const theirs = await gradientOn(prepared, state, trainable, { rows: held, draws: held.length / 8 });
  const scaled = (g: Params): Params => options.optimizer.precondition(g, state.optimizer);
  const directions = { preconditioned: unit(scaled(ours)), raw: unit(ours) };

  const line: Moved[] = [];
  for (const direction of ["preconditioned", "raw"] as const) {
    for (const distance of direction === "raw" ? settings.rawDistances : settings.distances) {
      progress.update(`moved by ${distance}, ${direction}`);
      line.push({
        direction,
        distance,
        ...(await scoreMoved(prepared, state.params, directions[direction], distance)),
      });
    }
  }

  const sums = new Map<string, { total: Params; square: number; withLabels: number; gain: number }>();
  for (let b = 0; b < settings.batches; b++) {
    progress.update(`gradients: batch ${b + 1} of ${settings.batches}`);
    const [batch, rows] = [(await batches.next())! as LanguageBatch, (await labelled.next())! as LanguageBatch];
    const gradient = (on: LanguageBatch, task: SparseTarget): Params => {
      const g = learnerGradient(options.learner.loss, state.params, trainable, on, task);
      const a = scaled(g);
      tf.dispose(g);
      return a;
    };
    const ownLabels = gradient(batch, nextTokenTask(batch));
    const add = (kind: string, a: Params): void => {
      const known = sums.get(kind) ?? { total: mapParams(a, tf.zerosLike), square: 0, withLabels: 0, gain: 0 };
      const total = tf.tidy(() => mapParams(known.total, (sum, key) => sum.add(a[key]!)));
      tf.dispose(known.total);
      sums.set(kind, {
        total,
        square: known.square + number(innerProduct(a, a)),
        withLabels: known.withLabels + number(innerProduct(a, ownLabels)),
        gain: known.gain + number(innerProduct(theirs, a)),
      });
    };
    add("labels of the stream", ownLabels);
    for (const candidates of settings.candidates) {
      for (const [strength, task] of tilted(
        prepared,
        state,
        batch,
        directions.preconditioned,
        candidates,
        options.learner,
      )) {
        const a = gradient(batch, task);
        add(tiltName(candidates, strength), a);
        tf.dispose([a, task] as tf.TensorContainer);
      }
    }
    const supervised = gradient(rows, nextTokenTask(rows));
    add("labels of the feedback", supervised);
    tf.dispose([ownLabels, supervised, batch, rows] as tf.TensorContainer);
  }
  const kinds = Object.fromEntries(
    [...sums].map(([kind, { total, square, withLabels, gain }]): [string, GradientKind] => {
      const meanSquare = number(innerProduct(total, total)) / settings.batches ** 2;
      const per = (x: number): number => x / settings.batches;
      return [kind, { square: per(square), meanSquare, withLabels: per(withLabels), gain: per(gain) }];
    }),
  );
  return concludeReach({ study: "reach", scale: "small", machine, backend: name, settings, minutes: (performance.now() - began) / 60_000, line, kinds }); // prettier-ignore
}

const tiltName = (candidates: number, strength: number): string =>
  strength === 0 ? `self-distillation, K ${candidates}` : `tilt, K ${candidates}, ε ${strength}`;

const concludeReach = (json: Readonly<Record<string, unknown>>): StudyResult => ({
  json,
  text: describeReach(json as unknown as ReachResult),
  failures: [],
});

const number = (scalar: tf.Tensor): number => {
  const [x = NaN] = scalar.dataSync();
  scalar.dispose();
  return x;
};
const copies = (params: Params): Params => mapParams(params, (tensor) => tensor.clone());
const unit = (g: Params): Params =>
  tf.tidy(() => {
    const norm = globalNorm(g);
    return mapParams(g, (tensor) => tensor.div(norm));
  });

/** Mean of `draws` gradients of eight rows each. */
async function gradientOn(
  { model, from }: Prepared,
  { params }: TrainState,
  trainable: readonly string[],
  { rows, draws }: { readonly rows: readonly Example[]; readonly draws: number },
): Promise<Params> {
  const feedback = lmFeedback(model.config, { examples: rows, batchSize: 8, multiple: 64, positionMultiple: 128, compile, ...(from > 0 && { from }) }); // prettier-ignore
  const random = randomFromSeed(settings.seed, "reach");
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
  { model, from, sets }: Prepared,
  params: Params,
  direction: Params,
  distance: number,
): Promise<Omit<Moved, "direction" | "distance">> {
  const moved = tf.tidy(() => mapParams(direction, (tensor, name) => params[name]!.sub(tensor.mul(distance))));
  const nllOf = (rows: readonly Example[]) =>
    exampleNll(model.config, { ...params, ...moved }, rows, { compile, ...(from > 0 && { from }) });
  const { nllPerToken: nll, accuracy } = await nllOf(sets.test);
  const { nllPerToken: math } = await nllOf(sets.streamTest);
  tf.dispose(moved);
  return { nll, accuracy, math };
}

/** Tilt targets at gate 1 of every strength, from one derivative along the direction. */
function tilted(
  { model }: Prepared,
  { params }: TrainState,
  batch: LanguageBatch,
  direction: Params,
  candidates: number,
  learner: ReturnType<typeof openArm>["options"]["learner"],
): (readonly [number, SparseTarget])[] {
  const vocabularySize = Math.min(model.tokenizer.vocabularySize, model.config.vocabSize);
  const make = (strength: number) => tiltDesigner({ candidates, gate: 1, strength, vocabularySize });
  const { cotangent, task, value } = valueGradient({ learner, designer: make(1), params, designerParams: {}, batch, direction }); // prettier-ignore
  const targets = settings.strengths.map(
    (strength) => [strength, make(strength).fromValue!(cotangent, task, batch) as SparseTarget] as const,
  );
  tf.dispose([cotangent, task, value] as tf.TensorContainer);
  return targets;
}

function learnerGradient(
  loss: ReturnType<typeof openArm>["options"]["learner"]["loss"],
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

function describeReach({ line, kinds, ...measured }: ReachResult): string {
  const labels = kinds["labels of the stream"]!;
  const ceiling = stepGain(kinds["labels of the feedback"]!).perStep;
  const share = (perStep: number): string => `${((100 * perStep) / ceiling).toFixed(0)} %`;
  const [few, many] = settings.candidates;
  const mixtures = [
    [few, 1],
    ...settings.strengths.filter((strength) => strength > 0).map((strength) => [many, strength] as const),
  ] as const;
  return [
    `# Reach of the tilt target, SmolLM2-135M`,
    ``,
    `Why does the tilt close 15 % of the gap to supervised fine-tuning? Measured at one state: ${settings.plainSteps} plain steps of seed ${settings.seed} of the small ablation, development rows`,
    `(GSM8K test ${settings.testSkip} to ${settings.testSkip + settings.testRows - 1}); g_down of ${settings.feedbackBatches} × 8 feedback rows. Nothing is asserted.`,
    ``,
    describeMeasured(measured),
    ``,
    `## The learner moved along −g_down`,
    ``,
    `θ − ε·u with ‖u‖ = 1: the model that the target of strength ε imitates, to first order. One AdamW step at 1e-4 is about 0.27 long.`,
    ``,
    `| direction | ε | GSM8K NLL | top-1 | MATH NLL |`,
    `| --- | --- | --- | --- | --- |`,
    ...line.map(
      ({ direction, distance, nll, accuracy, math }) =>
        `| ${direction} | ${distance} | ${nll.toFixed(4)} | ${accuracy.toFixed(4)} | ${math.toFixed(4)} |`,
    ),
    ``,
    `## The learner's gradient by its source`,
    ``,
    `After AdamW's preconditioner, ${settings.batches} batches. AdamW's steps are about equally long whatever the gradient, so what counts is the gain a unit of length: the decrease of the`,
    `development rows' loss to first order, over the root mean square norm. "Repeats" is the share of the square that is the same on every batch (pure noise has`,
    `${(1 / settings.batches).toFixed(2)}).`,
    ``,
    `| gradient of | norm, r.m.s. | repeats | gain a unit of step | of supervised fine-tuning's |`,
    `| --- | --- | --- | --- | --- |`,
    ...Object.entries(kinds).map(([kind, found]) => {
      const { repeats, perStep } = stepGain(found);
      return `| ${kind} | ${Math.sqrt(found.square).toFixed(0)} | ${repeats.toFixed(2)} | ${perStep.toFixed(4)} | ${share(perStep)} |`;
    }),
    ``,
    `## Gain a unit of step at each gate, of supervised fine-tuning's`,
    ``,
    `| target | ${settings.gates.map((gate) => `gate ${gate}`).join(" | ")} |`,
    `| --- | ${settings.gates.map(() => "---").join(" | ")} |`,
    ...mixtures.map(([candidates, strength]) => {
      const steering = kinds[tiltName(candidates, strength)]!;
      return `| ${tiltName(candidates, strength)} | ${settings.gates.map((gate) => share(mixtureGain(labels, steering, gate))).join(" | ")} |`;
    }),
  ].join("\n");
}

/** What limits the tilt on a real model: the target, or what the learner gets of it? */
export const reachStudy: Study = {
  scales: ["small"],
  run: runReach,
  plan: planReach,
  again: concludeReach,
};
