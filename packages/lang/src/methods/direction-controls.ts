import { matchEffect, type Params, type ValueStepOptions } from "@vpt/core";
import * as tf from "@tensorflow/tfjs";
import { directionEffect } from "../designers/direction-effect.js";
import { collate } from "../language-batch.js";
import type { LmFeedbackOptions } from "../lm-feedback.js";
import type { DecoderConfig } from "../model/index.js";

type Replace = NonNullable<ValueStepOptions["replaceDirection"]>;

/** Which effect a control is matched in: of the learner's predictions on the first feedback batch. */
export interface MatchedOn {
  readonly config: DecoderConfig;
  readonly feedback: LmFeedbackOptions;
  readonly candidates?: number;
  readonly vocabularySize?: number;
}

/** Another direction in place of the value's, scaled to the same effect: a control differs in where it points alone. */
const matched =
  (other: Replace, { config, feedback, ...shape }: MatchedOn): Replace =>
  (direction, seen) => {
    const { examples, batchSize = 8, compile: _, shard: __, ...layout } = feedback;
    const effect = (of: Params): tf.Scalar =>
      tf.tidy(() => directionEffect(config, seen.params, collate(examples.slice(0, batchSize), layout), of, shape));
    return matchEffect(other(direction, seen), direction, effect);
  };

/** The raw average ḡ_down, without preconditioning, with the effect of the preconditioned one. */
export const rawDirection = (on: MatchedOn): Replace => matched((_, { average }) => average, on);

/** One random direction for the whole run, with the effect of the value's; the same for a seed. */
export const randomDirection = (seed: number, on: MatchedOn): Replace =>
  matched((direction) => normalLike(direction, seed), on);

const normalLike = (params: Params, seed: number): Params =>
  Object.fromEntries(
    Object.entries(params).map(([name, { shape }], i) => [
      name,
      tf.randomNormal([...shape], 0, 1, "float32", 1 + i + 10_007 * seed),
    ]),
  );
