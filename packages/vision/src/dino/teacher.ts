import * as tf from "@tensorflow/tfjs";
import type { Params } from "@vpt/core";

const prefix = "teacher.";

/** The name of the centre among the parameters. */
export const centreName = "centre";

/**
 * What a student needs beside itself: a teacher that starts as its copy, under `teacher.`, and a centre at zero.
 *
 * @param student Backbone and head.
 * @returns `student` and the new tensors; copies share their data with the student until they move.
 * @example
 * ```ts
 * const params = withTeacher({ ...backbone, ...initDinoHead({ inputSize: 384 }, 0) });
 * ```
 * @category DINO
 */
export function withTeacher(student: Params): Params {
  const copies = Object.entries(student).map(([name, tensor]) => [`${prefix}${name}`, tensor.clone()]);
  const outputs = student["head.last_layer.weight_v"]!.shape[0]!;
  return { ...student, ...Object.fromEntries(copies), [centreName]: tf.zeros([1, outputs]) };
}

/** The teacher's parameters under the student's names: the same tensors, not copies. */
export const teacherOf = (params: Params): Params =>
  Object.fromEntries(
    Object.entries(params).flatMap(([name, tensor]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), tensor]] : [],
    ),
  );

/**
 * `θ̄ ← mθ̄ + (1 − m)θ` for every teacher tensor.
 *
 * @param momentum m; a tensor, so that a compiled step serves every value.
 * @returns New tensors under `teacher.`, owned by the caller.
 * @category DINO
 */
export const updateEma = (params: Params, momentum: tf.Scalar): Params =>
  tf.tidy(() => {
    // Not mθ̄ alone: TensorFlow would make it at the step's start and hold it to the end.
    return Object.fromEntries(
      Object.entries(teacherOf(params)).map(([name, tensor]) => [
        `${prefix}${name}`,
        tf.add(params[name]!, tf.mul(tf.sub(tensor, params[name]!), momentum)),
      ]),
    );
  });

/**
 * `c ← 0.9 c + 0.1 · mean of the teacher's logits` over the batch's global views.
 *
 * @returns New tensor, owned by the caller.
 * @see facebookresearch/dino `DINOLoss.update_center`.
 * @category DINO
 */
export const updateCentre = (centre_1K: tf.Tensor2D, teacher_MK: tf.Tensor2D, momentum = 0.9): tf.Tensor2D =>
  tf.tidy(() => tf.add(tf.mul(centre_1K, momentum), tf.mul(tf.mean(teacher_MK, 0, true), 1 - momentum)));

/**
 * The teacher's momentum by step: half a cosine from `base` to 1.
 *
 * @example
 * ```ts
 * teacherMomentum(0, { steps: 100 }); // 0.996
 * ```
 * @see facebookresearch/dino `cosine_scheduler`.
 * @category DINO
 */
export const teacherMomentum = (
  step: number,
  { steps, base = 0.996 }: { readonly steps: number; readonly base?: number },
): number => 1 - ((1 - base) * (Math.cos((Math.PI * Math.min(step, steps)) / steps) + 1)) / 2;
