import * as tf from "@tensorflow/tfjs";
import type { PostUpdate } from "@vpt/core";
import type { ViTConfig } from "../model/index.js";
import { parameter } from "../parameter.js";
import { maskedViews, teacherLogits, type DinoOptions } from "./dino-learner.js";
import { centreName, updateEma, updateCentre, teacherMomentum } from "./teacher.js";
import type { MaskTask, VisionBatch } from "./vision-batch.js";

/** How fast the teacher follows. */
export interface EmaTeacherOptions extends DinoOptions {
  /** Steps of the whole run: the momentum climbs from `base` to 1 over them. */
  readonly steps: number;
  readonly base?: number;
}

/**
 * What of DINO moves by a rule and not by a gradient: `c ← 0.9c + 0.1·mean z̄` with the logits that the loss used, then
 * `θ̄ ← mθ̄ + (1 − m)θ` with the student's new parameters, in this order. Two scalars show a collapse: the teacher's entropy and the spread
 * of its centred logits.
 *
 * The teacher's logits are made again from the same views, since a loss hands out a scalar only; a compiled step makes them once.
 *
 * @see facebookresearch/dino `main_dino.py`, `train_one_epoch`.
 * @category DINO
 */
export const emaTeacherUpdate = (
  config: ViTConfig,
  { teacherInput: teacherInput = "learned", teacherTemperature = 0.04, blur, steps, base }: EmaTeacherOptions,
): PostUpdate<VisionBatch> => ({
  scalars: (step) => ({ momentum: teacherMomentum(step, { steps, ...(base !== undefined && { base }) }) }),
  update: ({ before, after, batch: { globals_NHWC }, task, numbers }) =>
    tf.tidy(() => {
      const seen =
        teacherInput === "learned" ? maskedViews(globals_NHWC, (task as MaskTask).mask_NHW1, blur) : globals_NHWC;
      const logits_MK = teacherLogits(config, before, seen);
      const centre = parameter<tf.Tensor2D>(before, centreName);
      const centred = tf.sub(logits_MK, centre);
      const logProbs = tf.logSoftmax(tf.div(centred, teacherTemperature));
      const deviation = tf.sqrt(tf.mean(tf.square(tf.sub(centred, tf.mean(centred, 0, true)))));
      return {
        params: {
          ...updateEma({ ...before, ...after }, numbers["momentum"]!),
          [centreName]: updateCentre(centre, logits_MK),
        },
        loggedScalars: {
          teacherEntropy: tf.neg(tf.mean(tf.sum(tf.mul(tf.exp(logProbs), logProbs), 1))) as tf.Scalar,
          logitDeviation: deviation as tf.Scalar,
        },
      };
    }),
});
