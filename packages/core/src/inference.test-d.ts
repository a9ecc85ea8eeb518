// Type tests: tsc checks this file. What must not compile stands under @ts-expect-error.
import type * as tf from "@tensorflow/tfjs";
import type { BatchSource, Designer, Feedback, Learner, MicroBatches, Params } from "@vpt/contracts";
import { defined, fromSteps } from "@vpt/contracts";
import { adamW } from "./optim/adam-w.js";
import type { AuxiliaryUpdate } from "./step/auxiliary-update.js";
import { vPretrain } from "./step/pretrain-loop.js";
import type { TrainState } from "./step/train-state.js";
import { trainStep } from "./step/train-step.js";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const expectTrue = <T extends true>(): T | undefined => undefined;

interface Batch {
  readonly x: tf.Tensor2D;
}
interface View {
  readonly logits: tf.Tensor2D;
}
declare const learner: Learner<Batch, View>;
declare const designer: Designer<Batch, View>;
declare const otherDesigner: Designer<Batch, { readonly hidden: tf.Tensor3D }>;
declare const feedback: Feedback;
declare const state: TrainState;
declare const batch: Batch;

const optimizer = adamW();
const common = { learner, designer, optimizer, learningRate: () => 1e-3 };

// A learner's loss knows the view that it hands to its designer, and may leave out what it does not read.
export const plain: Learner<Batch, View> = {
  loss: (params, { x }, taskOf) => {
    const task = taskOf({ logits: x });
    expectTrue<Same<typeof params, Params>>();
    expectTrue<Same<typeof task, Readonly<Record<string, tf.Tensor>>>>();
    return task["target"]!.sum() as tf.Scalar;
  },
};

// Batch and view of a step follow from the learner, and designer and auxiliary update must fit them.
const auxiliary: AuxiliaryUpdate<Batch> = {
  afterStep: ({ batch: { x }, auxiliary: { teacher } }) => ({ auxiliary: { teacher: { ...teacher, x } } }),
};
void trainStep(state, batch, { ...common, auxiliary });
void trainStep(state, { microBatches: [batch] }, common);
const value = { feedback, subset: ["w"], designerOptimizer: optimizer, designerLearningRate: () => 1e-3 };
void trainStep(state, batch, { ...common, value });
// @ts-expect-error: a designer of another view
void trainStep(state, batch, { ...common, designer: otherDesigner });
// @ts-expect-error: a batch of another type
void trainStep(state, { y: 1 }, common);
// @ts-expect-error: a value needs its designer's optimizer
void trainStep(state, batch, { ...common, value: { feedback, subset: ["w"], designerLearningRate: () => 1e-3 } });

// A loop takes a source of batches or of micro-batches.
declare const batches: BatchSource<Batch>;
declare const pieces: BatchSource<MicroBatches<Batch>>;
void vPretrain({ ...common, state, batches, steps: 1 });
void vPretrain({ ...common, state, batches: pieces, steps: 1 });
// @ts-expect-error: batches of another type
void vPretrain({ ...common, state, batches: fromSteps(() => Promise.resolve("text")), steps: 1 });

// An undefined entry becomes an optional one.
const given = defined({ a: 1, b: undefined as string | undefined });
expectTrue<Same<typeof given.a, number>>();
expectTrue<Same<typeof given.b, string | undefined>>();
export const counters: TrainState["counters"] = { meta: 0, skippedMeta: 0, skippedStep: 0, evaluatorLoss: 0.5 };
// @ts-expect-error: the three counters of every run are there
export const tooFew: TrainState["counters"] = { meta: 0 };
