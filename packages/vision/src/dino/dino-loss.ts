import { detached } from "@vpt/autodiff";
import * as tf from "@tensorflow/tfjs";

// Axes: V views of the same B images, view after view in the rows; K prototypes

/** Temperatures and the sizes that rows alone do not tell. */
export interface DinoLossOptions {
  /** B: rows come view by view. */
  readonly images: number;
  /** T_s */
  readonly studentTemperature?: number;
  /** T_t */
  readonly teacherTemperature?: number;
}

/**
 * DINO's loss: `mean over pairs (t, s ≠ t) of −Σ_k q_tk log softmax(z_s/T_s)_k`, `q_t = softmax((z̄_t − c)/T_t)`, over
 * all pairs of a teacher view and another student view, and over images.
 *
 * @param student_NK Student logits of all V views; the teacher's views come first.
 * @param teacher_MK Teacher logits of the global views. Constant: no gradient leads through them.
 * @param centre_1K The centre c.
 * @returns Scalar, owned by the caller.
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { dinoLoss } from "@vpt/vision";
 *
 * const teacher_MK = tf.randomNormal([16, 64]) as tf.Tensor2D; // two global views of 8 images
 * const student_NK = tf.randomNormal([32, 64]) as tf.Tensor2D; // those and two local ones
 * const loss = dinoLoss(student_NK, teacher_MK, tf.zeros([1, 64]), { images: 8 });
 * ```
 * @see arXiv 2104.14294, equation 2; facebookresearch/dino `main_dino.py`, `DINOLoss`.
 * @category DINO
 */
export const dinoLoss = (
  student_NK: tf.Tensor2D,
  teacher_MK: tf.Tensor2D,
  centre_1K: tf.Tensor2D,
  { images, studentTemperature = 0.1, teacherTemperature = 0.04 }: DinoLossOptions,
): tf.Scalar =>
  tf.tidy(() => {
    const views = student_NK.shape[0] / images;
    const [rows, prototypes] = teacher_MK.shape;
    const teachers = rows / images;
    const target_TBK = detached(() =>
      tf.reshape(tf.softmax(tf.div(tf.sub(teacher_MK, centre_1K), teacherTemperature)), [teachers, images, prototypes]),
    );
    const logProbs = tf.logSoftmax(tf.div(student_NK, studentTemperature));
    // Σ_s≠t log p_s is the sum over all views less the teacher's own: one product a teacher view instead of one a pair.
    const all_1BK = tf.sum(tf.reshape(logProbs, [views, images, prototypes]), 0, true);
    const own_TBK = tf.reshape(tf.slice(logProbs, [0, 0], [rows, prototypes]), [teachers, images, prototypes]);
    const others = tf.sub(tf.tile(all_1BK, [teachers, 1, 1]), own_TBK);
    const pairs = teachers * (views - 1);
    return tf.div(tf.sum(tf.mul(target_TBK, others)), -pairs * images) as tf.Scalar;
  });
