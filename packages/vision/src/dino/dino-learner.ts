import { detached, stopGradient } from "@vpt/autodiff";
import * as tf from "@tensorflow/tfjs";
import { VptError, type Learner, type Params, type Task } from "@vpt/core";
import type { RotaryTables } from "@vpt/nn";
import { embedImages, gridOf, runViTBlocks, vitNorm, type ViTConfig } from "../model/index.js";
import { firstViTBlockOf } from "../model/last-block-parameters.js";
import { dinoHead } from "./dino-head.js";
import { dinoLoss } from "./dino-loss.js";
import { applySoftMask } from "./soft-mask.js";
import { teacherOf } from "./teacher.js";
import type { MaskTask, VisionBatch, VisionView } from "./vision-batch.js";

/** Choices of {@link dinoLearner}. */
export interface DinoOptions {
  /** Whether the teacher sees the masked global crops (v2 eq. 50) or those of the augmentation. */
  readonly teacherInput?: "masked" | "augmented";
  /** The crops that a designer may mask: the global ones as in the paper, or the local ones too. */
  readonly maskedCrops?: "global" | "all";
  readonly studentTemperature?: number;
  readonly teacherTemperature?: number;
  /** Deviation of the soft mask's blur, in pixels at a side of 224. */
  readonly blur?: number;
}

/** A pass to the class tokens, from pixels or from where a prefix stopped. */
interface Pass {
  readonly grid: readonly [number, number];
  readonly rotary?: RotaryTables | undefined;
  readonly hidden_NTD: tf.Tensor3D;
  readonly from: number;
}

/** Class tokens after the final norm: all that the head sees, so the last block works them out alone. */
const classTokens = (config: ViTConfig, params: Params, { grid, rotary, hidden_NTD, from }: Pass): tf.Tensor2D => {
  const last_N1D = runViTBlocks(config, params, hidden_NTD, { grid, rotary, from, classOnly: true, recompute: true });
  const [count, , width] = last_N1D.shape;
  return tf.reshape(vitNorm(config, params, tf.slice(last_N1D, [0, 0, 0], [count, 1, width])), [count, width]);
};

/** Computes the teacher's logits of the global crops, off every tape: it sees evaluation's positions. */
export const teacherLogits = (config: ViTConfig, teacher: Params, globals_NHWC: tf.Tensor4D): tf.Tensor2D =>
  detached(() => {
    const hidden_NTD = embedImages(config, teacher, globals_NHWC);
    return dinoHead(teacher, classTokens(config, teacher, { grid: gridOf(config, globals_NHWC), hidden_NTD, from: 0 }));
  });

/** Returns the crops of a task: masked when it has a mask for them. */
export const maskedViews = (crops_NHWC: tf.Tensor4D, mask_NHW1?: tf.Tensor4D, blur?: number): tf.Tensor4D =>
  mask_NHW1 ? applySoftMask(crops_NHWC, mask_NHW1, blur === undefined ? {} : { blur }) : crops_NHWC;

/**
 * DINO as a learner: the student's class tokens of all crops against the teacher's of the masked global crops. `params`
 * hold the student (backbone and `head.`); the loss reads `auxiliary.teacher` and `auxiliary.centre`, see {@link
 * initDinoAuxiliary}. The teacher is constant: only the student's pass carries the mask's gradient.
 *
 * `cacheFrozenActivations` runs local crops, which no mask touches, through the blocks below the subset once.
 * `metaBatch` returns the crops of `batch.meta` where the batch has its own for the value (v2 G.2), without RoPE
 * augmentation.
 *
 * @throws {VptError} When a batch starts above a block that is trained or aligned.
 * @example
 * ```ts
 * import { randomFromSeed } from "@vpt/core";
 * import { dinoLearner, initDinoHead, initTeacher, multiCrop } from "@vpt/vision";
 *
 * const student = { ...vit.params, ...initDinoHead({ inputSize: vit.config.hiddenSize }, 0) };
 * const crops = multiCrop([image], randomFromSeed(0, "crops"));
 * const loss = dinoLearner(vit.config).loss(student, crops, () => ({}), initTeacher(student)); // ordinary DINO
 * ```
 * @see arXiv 2104.14294; arXiv 2601.22108v2, equations 49 and 50.
 * @category DINO
 */
export const dinoLearner = (
  config: ViTConfig,
  {
    teacherInput = "masked",
    maskedCrops = "global",
    studentTemperature = 0.1,
    teacherTemperature = 0.04,
    blur,
  }: DinoOptions = {},
): Learner<VisionBatch, VisionView> => ({
  loss: (params, batch, taskOf, auxiliary) =>
    tf.tidy(() => {
      const { teacher, centre_1K } = teacherOf(auxiliary);
      const { images, globals_NHWC, locals_NHWC, rotary } = batch;
      const maskable = { globals_NHWC, ...(maskedCrops === "all" && locals_NHWC && { locals_NHWC }) };
      const task = taskOf(stopGradient(maskable)) as MaskTask;
      const views = maskedViews(globals_NHWC, task.mask_NHW1, blur);
      const seen = teacherInput === "masked" ? views : globals_NHWC;
      const teacher_MK = teacherLogits(config, teacher, seen);
      const start = (crops: tf.Tensor4D, hidden_NTD?: tf.Tensor3D): Pick<Pass, "grid" | "hidden_NTD" | "from"> => ({
        grid: gridOf(config, crops),
        hidden_NTD: hidden_NTD ?? embedImages(config, params, crops),
        from: hidden_NTD ? (batch.from ?? 0) : 0,
      });
      const student = [classTokens(config, params, { ...start(views, task.hidden_NTD), rotary: rotary?.globals })];
      if (locals_NHWC) {
        const seenLocals = maskedViews(locals_NHWC, task.localMask_NHW1, blur);
        const hidden_NTD = batch.localHidden_NTD ?? task.localHidden_NTD;
        student.push(classTokens(config, params, { ...start(seenLocals, hidden_NTD), rotary: rotary?.locals }));
      }
      return dinoLoss(dinoHead(params, tf.concat(student, 0)), teacher_MK, centre_1K, {
        images,
        studentTemperature,
        teacherTemperature,
      });
    }),
  cacheFrozenActivations: (params, batch, subset) =>
    cacheLocals(config, params, batch, { subset, masksLocals: maskedCrops === "all" }),
  embedTask: (params, batch, task) => tf.tidy(() => embedMasked(config, params, batch, { task, blur })),
  metaBatch: (batch) => {
    const { rotary, ...unaugmented } = batch.meta ?? batch;
    return rotary || batch.meta ? unaugmented : batch;
  },
});

/** Runs local crops, where no mask touches them, through the blocks below the subset. */
function cacheLocals(
  config: ViTConfig,
  params: Params,
  batch: VisionBatch,
  { subset, masksLocals }: { readonly subset: readonly string[]; readonly masksLocals: boolean },
): VisionBatch {
  const to = firstViTBlockOf(config, subset);
  const from = batch.from ?? 0;
  if (to < from)
    throw new VptError(
      `batch starts at block ${from}, but block ${to} is trained or aligned: give the batch as it was`,
    );
  const { locals_NHWC, rotary } = batch;
  if (to === from) return batch;
  // what a mask touches starts at its pixels
  if (!locals_NHWC || masksLocals) return { ...batch, from: to };
  const localHidden_NTD = tf.tidy(() =>
    runViTBlocks(config, params, batch.localHidden_NTD ?? embedImages(config, params, locals_NHWC), {
      grid: gridOf(config, locals_NHWC),
      rotary: rotary?.locals,
      from,
      to,
    }),
  );
  return { ...batch, localHidden_NTD, from: to };
}

/** The task with its masked crops' tokens where the batch starts. */
function embedMasked(
  config: ViTConfig,
  params: Params,
  { globals_NHWC, locals_NHWC, rotary, from: to = 0 }: VisionBatch,
  { task, blur }: { readonly task: Task; readonly blur: number | undefined },
): Task {
  const { mask_NHW1, localMask_NHW1 } = task as MaskTask;
  const up = (crops: tf.Tensor4D, mask: tf.Tensor4D, tables?: RotaryTables): tf.Tensor3D =>
    runViTBlocks(config, params, embedImages(config, params, maskedViews(crops, mask, blur)), {
      grid: gridOf(config, crops),
      rotary: tables,
      to,
    });
  return {
    ...task,
    ...(mask_NHW1 && { hidden_NTD: up(globals_NHWC, mask_NHW1, rotary?.globals) }),
    ...(localMask_NHW1 && { localHidden_NTD: up(locals_NHWC!, localMask_NHW1, rotary?.locals) }),
  };
}
