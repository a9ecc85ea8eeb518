import * as tf from "@tensorflow/tfjs";
import type { Params } from "@vpt/core";
import { collateDense, vitFeatures, type DenseSample, type HeadBatch, type ViTConfig } from "@vpt/vision";

/** Computes patch features of samples on a frozen backbone, with their maps. New tensors, owned by the caller. */
export const denseFeatures = (config: ViTConfig, params: Params, samples: readonly DenseSample[]): HeadBatch =>
  tf.tidy(() => {
    const { images_BHWC, ...maps } = collateDense(samples);
    return { features_BHWD: vitFeatures(config, params, images_BHWC).patches_BHWD, ...maps };
  });
