import * as tf from "@tensorflow/tfjs";
import { VptError, type Designer } from "@vpt/core";
import { interpolationMatrix, separableResample } from "@vpt/nn";
import type { VisionBatch, VisionView } from "../dino/vision-batch.js";
import { describeMask, maskDefaults } from "./mask-designer.js";

/** Shape of the random masks. */
export interface RandomMaskOptions {
  /** Share of pixels to keepRatio. */
  readonly keepRatio?: number;
  /** Side of a blob in pixels. */
  readonly cell?: number;
  /** How hard the edges are: logits are `sharpness · noise`. */
  readonly sharpness?: number;
}

/**
 * The ablation arm: smooth random masks of the same keepRatio share, the same mixing, no learning, on every step. The
 * batch carries the noise (`multiCrop` with `noise: true`).
 *
 * @throws {VptError} From `design`, when the batch has no noise.
 * @example
 * ```ts
 * import { randomMaskDesigner } from "@vpt/vision";
 *
 * const designer = randomMaskDesigner({ keepRatio: 0.6, cell: 8 });
 * ```
 * @category designers
 */
export const randomMaskDesigner = ({
  keepRatio = maskDefaults.keepRatio,
  cell = 8,
  sharpness = 8,
}: RandomMaskOptions = {}): Designer<VisionBatch, VisionView> => {
  const mask = ({ noise_NHW1 }: VisionBatch) =>
    tf.tidy(() => {
      if (!noise_NHW1)
        throw new VptError("randomMaskDesigner: the batch has no noise; make it with multiCrop(…, { noise: true })");
      const [count, height, width] = noise_NHW1.shape;
      const [rows, columns] = [Math.max(2, Math.round(height / cell)), Math.max(2, Math.round(width / cell))];
      const coarse = tf.slice(noise_NHW1, [0, 0, 0, 0], [count, rows, columns, 1]);
      const smooth = separableResample(
        coarse,
        interpolationMatrix(rows, height, "bilinear"),
        interpolationMatrix(columns, width, "bilinear"),
      );
      return { mask_NHW1: tf.sigmoid(tf.mul(tf.sub(smooth, 1 - keepRatio), sharpness)) };
    });
  return {
    init: () => ({}),
    baselineTask: (batch) => mask(batch),
    design: (_, batch) => mask(batch),
    metrics: (task) => describeMask(task),
  };
};
