import * as tf from "@tensorflow/tfjs";
import type { AuxiliaryUpdate } from "@vpt/core";
import type { ViTConfig } from "../model/index.js";
import { maskedViews, teacherLogits, type DinoOptions } from "./dino-learner.js";
import { teacherMomentum, teacherOf, updateCentre, updateEma } from "./teacher.js";
import type { MaskTask, VisionBatch } from "./vision-batch.js";

/** Options of {@link emaTeacherUpdate}. */
export interface EmaTeacherOptions extends DinoOptions {
  /** Steps of the whole run: the momentum climbs from `base` to 1 over them. */
  readonly steps: number;
  /** The momentum at the first step. Default 0.996. */
  readonly base?: number;
}

/**
 * What of DINO moves by a rule and not by a gradient: `c ← 0.9c + 0.1·mean z̄` with the logits that the loss used, then
 * `θ̄ ← mθ̄ + (1 − m)θ` with the student's new parameters, in this order. Logs `teacherEntropy` and `logitDeviation`,
 * the spread of the teacher's centred logits, which show a collapse.
 *
 * The teacher's logits are computed again from the same views, since a loss returns a scalar only; a compiled step
 * computes them once.
 *
 * @see facebookresearch/dino `main_dino.py`, `train_one_epoch`.
 * @category DINO
 */
export const emaTeacherUpdate = (
  config: ViTConfig,
  { teacherInput = "masked", teacherTemperature = 0.04, blur, steps, base }: EmaTeacherOptions,
): Required<Pick<AuxiliaryUpdate<VisionBatch>, "scalars" | "afterStep">> => ({
  scalars: (step) => ({ momentum: teacherMomentum(step, { steps, ...(base !== undefined && { base }) }) }),
  afterStep: ({ before, after, auxiliary, batch: { globals_NHWC }, task, scalars }) =>
    tf.tidy(() => {
      const { teacher, centre_1K } = teacherOf(auxiliary);
      const seen =
        teacherInput === "masked" ? maskedViews(globals_NHWC, (task as MaskTask).mask_NHW1, blur) : globals_NHWC;
      const logits_MK = teacherLogits(config, teacher, seen);
      const centred = tf.sub(logits_MK, centre_1K);
      const logProbs = tf.logSoftmax(tf.div(centred, teacherTemperature));
      const deviation = tf.sqrt(tf.mean(tf.square(tf.sub(centred, tf.mean(centred, 0, true)))));
      return {
        auxiliary: {
          teacher: updateEma(teacher, { ...before, ...after }, scalars["momentum"]!),
          centre: { centre: updateCentre(centre_1K, logits_MK) },
        },
        loggedScalars: {
          teacherEntropy: tf.neg(tf.mean(tf.sum(tf.mul(tf.exp(logProbs), logProbs), 1))) as tf.Scalar,
          logitDeviation: deviation as tf.Scalar,
        },
      };
    }),
});
