import { adamW } from "../optim/adam-w.js";
import type { Designer } from "@vpt/contracts";
import { createTrainState, type TrainState } from "../step/train-state.js";
import type { TrainStepOptions, ValueStepOptions } from "../step/train-step-options.js";
import { toyDesigner, toyFeedback, toyLearner, toyParams, type ToyBatch, type ToyView } from "./toy.js";

/** How a toy steps. */
export type ToyOptions = TrainStepOptions<ToyBatch, ToyView>;

/** Of learner and designer alike. */
export const toyOptimizer = adamW({ weightDecay: 0.01 });

/** Meta steps every second step over `w2`; anything of it may be replaced. */
export const toyOptions = (value: Partial<ValueStepOptions> = {}, rest: Partial<ToyOptions> = {}): ToyOptions => ({
  learner: toyLearner,
  designer: toyDesigner(),
  optimizer: toyOptimizer,
  learningRate: () => 0.02,
  value: {
    feedback: toyFeedback,
    subset: ["w2"],
    designerOptimizer: toyOptimizer,
    designerLearningRate: () => 0.05,
    updateEvery: 2,
    ...value,
  },
  ...rest,
});

/** The same without a value. */
export const toyBaseline = (rest: Partial<ToyOptions> = {}): ToyOptions => {
  const { value: _, ...plain } = toyOptions({}, rest);
  return plain;
};

/** A fresh state of those options; everything trains by default. */
export const toyStart = ({
  trainable,
  designer = toyDesigner(),
}: {
  readonly trainable?: readonly string[];
  readonly designer?: Pick<Designer<ToyBatch, ToyView>, "init">;
} = {}): TrainState =>
  createTrainState({
    params: toyParams(),
    designerParams: designer.init(0),
    optimizer: toyOptimizer,
    seed: 0,
    ...(trainable && { trainable }),
  });
