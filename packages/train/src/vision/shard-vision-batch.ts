import * as tf from "@tensorflow/tfjs";
import { VptError } from "@vpt/core";
import type { VisionBatch } from "@vpt/vision";

/**
 * Takes one process's share of a batch: a contiguous part of its images in every view. Frees the whole batch; patch
 * coordinates are the same for all images and stay.
 *
 * @throws {VptError} When the images cannot be shared out evenly: the mean over processes would not be the mean over
 *   images.
 */
export function shardVisionBatch(
  batch: VisionBatch,
  { rank, size }: { readonly rank: number; readonly size: number },
): VisionBatch {
  if (batch.images % size !== 0)
    throw new VptError(`"batchSize": ${batch.images} images for ${size} processes; expected a multiple of ${size}`);
  const images = batch.images / size;
  const share = (crops: tf.Tensor4D): tf.Tensor4D => {
    const [count, ...shape] = crops.shape;
    const views = count / batch.images;
    const part = tf.tidy(() =>
      crops
        .reshape([views, batch.images, ...shape])
        .slice([0, rank * images], [views, images])
        .reshape([views * images, ...shape]),
    );
    crops.dispose();
    return part as tf.Tensor4D;
  };
  const { globals_NHWC, locals_NHWC, noise_NHW1, meta } = batch;
  return {
    ...batch,
    images,
    globals_NHWC: share(globals_NHWC),
    ...(locals_NHWC && { locals_NHWC: share(locals_NHWC) }),
    ...(noise_NHW1 && { noise_NHW1: share(noise_NHW1) }),
    ...(meta && { meta: shardVisionBatch(meta, { rank, size }) }),
  };
}
