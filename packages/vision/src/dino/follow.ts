import * as tf from "@tensorflow/tfjs";
import type { Designer, Params } from "@vpt/core";
import type { ViTConfig } from "../model/index.js";
import { parameter } from "../parameter.js";
import { learnedViews, teacherLogits, type DinoOptions } from "./dino-learner.js";
import { centreName, followStudent, nextCentre } from "./teacher.js";
import type { MaskTask, VisionBatch, VisionView } from "./vision-batch.js";

/** One step's tensors for what moves by a rule. */
export interface FollowInputs {
  /** Teacher and centre as the loss used them. */
  readonly before: Params;
  /** The student after its update. */
  readonly after: Params;
  readonly designerParams: Params;
  readonly batch: VisionBatch;
  /** Whether the loss took `designer.plain`. */
  readonly plain: boolean;
  readonly momentum: tf.Scalar;
}

/** The teacher's and the centre's next values, and scalars that show a collapse: the teacher's entropy, the spread of its centred logits. */
export type Followed = {
  readonly params: Params;
  readonly watched: { readonly teacherEntropy: tf.Scalar; readonly logitDeviation: tf.Scalar };
};

/**
 * What of DINO moves by a rule and not by a gradient: `c ← 0.9c + 0.1·mean z̄` with the logits that the loss used, then
 * `θ̄ ← mθ̄ + (1 − m)θ` with the student's new parameters, in this order.
 *
 * The teacher's logits are made again from the same views, since a loss hands out a scalar only.
 *
 * @returns New tensors, owned by the caller.
 * @see facebookresearch/dino `main_dino.py`, `train_one_epoch`.
 * @category DINO
 */
export const dinoFollow =
  (
    config: ViTConfig,
    designer: Designer<VisionBatch, VisionView>,
    { teacherSees = "learned", teacherTemperature = 0.04, blur }: DinoOptions = {},
  ) =>
  ({ before, after, designerParams, batch, plain, momentum }: FollowInputs): Followed =>
    tf.tidy(() => {
      const { globals_NHWC } = batch;
      const view = { globals_NHWC };
      const task = (): MaskTask => (plain ? designer.plain(batch, view) : designer.design(designerParams, batch, view));
      const seen = teacherSees === "learned" ? learnedViews(globals_NHWC, task(), blur) : globals_NHWC;
      const logits_MK = teacherLogits(config, before, seen);
      const centre = parameter<tf.Tensor2D>(before, centreName);
      const centred = tf.sub(logits_MK, centre);
      const logProbs = tf.logSoftmax(tf.div(centred, teacherTemperature));
      const deviation = tf.sqrt(tf.mean(tf.square(tf.sub(centred, tf.mean(centred, 0, true)))));
      return {
        params: { ...followStudent({ ...before, ...after }, momentum), [centreName]: nextCentre(centre, logits_MK) },
        watched: {
          teacherEntropy: tf.neg(tf.mean(tf.sum(tf.mul(tf.exp(logProbs), logProbs), 1))) as tf.Scalar,
          logitDeviation: deviation as tf.Scalar,
        },
      };
    });
