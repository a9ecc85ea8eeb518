import * as tf from "@tensorflow/tfjs";
import { cloneParams, mapParams, VptError, type Auxiliary, type Params } from "@vpt/core";

/**
 * Returns a teacher that starts as a copy of the student, and a centre at zero.
 *
 * @param student Backbone and projection head.
 * @returns The groups `teacher`, under the student's names, and `centre`; owned by the caller. Copies share their data
 *   with the student until they move.
 * @example
 * ```ts
 * import { initDinoHead, initTeacher } from "@vpt/vision";
 *
 * const auxiliary = initTeacher({ ...vit.params, ...initDinoHead({ inputSize: vit.config.hiddenSize }, 0) });
 * ```
 * @category DINO
 */
export function initTeacher(student: Params): { readonly teacher: Params; readonly centre: Params } {
  const outputs = student["head.last_layer.weight_v"]!.shape[0]!;
  return {
    teacher: cloneParams(student),
    centre: { centre: tf.zeros([1, outputs]) },
  };
}

/** Teacher and centre among the auxiliary groups. */
export function teacherOf(auxiliary: Auxiliary | undefined): {
  readonly teacher: Params;
  readonly centre_1K: tf.Tensor2D;
} {
  const [teacher, centre] = [auxiliary?.["teacher"], auxiliary?.["centre"]?.["centre"]];
  if (!teacher || !centre)
    throw new VptError(
      "dinoLearner: no teacher and centre among the auxiliary groups; start the state with initDinoAuxiliary(student)",
    );
  return { teacher, centre_1K: centre as tf.Tensor2D };
}

/**
 * Moves the teacher: `θ̄ ← mθ̄ + (1 − m)θ` for every teacher tensor.
 *
 * @param momentum m; a tensor, so that a compiled step serves every value.
 * @returns New tensors under the teacher's names, owned by the caller.
 * @category DINO
 */
export const updateEma = (teacher: Params, student: Params, momentum: tf.Scalar): Params =>
  tf.tidy(() =>
    // Not mθ̄ alone: TensorFlow would compute it at the step's start and keep it to the end.
    mapParams(teacher, (tensor, name) => tf.add(student[name]!, tf.mul(tf.sub(tensor, student[name]!), momentum))),
  );

/**
 * Moves the centre: `c ← 0.9 c + 0.1 · mean of the teacher's logits` over the batch's global views.
 *
 * @returns New tensor, owned by the caller.
 * @see facebookresearch/dino `DINOLoss.update_center`.
 * @category DINO
 */
export const updateCentre = (centre_1K: tf.Tensor2D, teacher_MK: tf.Tensor2D, momentum = 0.9): tf.Tensor2D =>
  tf.tidy(() => tf.add(tf.mul(centre_1K, momentum), tf.mul(tf.mean(teacher_MK, 0, true), 1 - momentum)));

/**
 * Computes the teacher's momentum by step: half a cosine from `base` to 1.
 *
 * @example
 * ```ts
 * import { teacherMomentum } from "@vpt/vision";
 *
 * teacherMomentum(0, { steps: 100 }); // 0.996
 * ```
 * @see facebookresearch/dino `cosine_scheduler`.
 * @category DINO
 */
export const teacherMomentum = (
  step: number,
  { steps, base = 0.996 }: { readonly steps: number; readonly base?: number },
): number => 1 - ((1 - base) * (Math.cos((Math.PI * Math.min(step, steps)) / steps) + 1)) / 2;
