import type * as tf from "@tensorflow/tfjs";
import type { RotaryTables } from "@vpt/nn";

// Axes: B images, N crops (view after view, B rows each), H rows, W columns, C colours, T tokens, D width

/**
 * Crops of B images, normalised. Tensors and numbers only, so that a step on it compiles.
 */
export type VisionBatch = {
  /** B */
  readonly images: number;
  /** Global crops: all first views, then all second ones. */
  readonly globals_NHWC: tf.Tensor4D;
  /** Local crops, view after view; absent without multi-crop. */
  readonly locals_NHWC?: tf.Tensor4D;
  /** Augmented patch coordinates of this step for the student (DINOv3); absent: the plain ones. */
  readonly rotary?: { readonly globals: RotaryTables; readonly locals?: RotaryTables };
  /** Uniform noise of the size of `globals_NHWC`'s crops, one channel: what random masks are made of. */
  readonly noise_NHW1?: tf.Tensor4D;
  /**
   * Where hidden states that come with the batch or the task stand: before block `from`. Set by the
   * learner's `cacheFrozenActivations`.
   */
  readonly from?: number;
  /** Local crops there. */
  readonly localHidden_NTD?: tf.Tensor3D;
  /** Crops of other images, on which the value is computed (v2 G.2); absent: on these. */
  readonly meta?: VisionBatch;
};

/** The input of a vision designer: the crops that it may mask, as constants. */
export type VisionView = {
  readonly globals_NHWC: tf.Tensor4D;
  /** There when local crops are masked too. */
  readonly locals_NHWC?: tf.Tensor4D;
};

/**
 * The task of vision: a mask for each crop of the view, or none for the crops as they are. The learner's `embedTask`
 * adds the student's hidden states of the masked crops before the batch's block `from`.
 */
export type MaskTask = {
  readonly mask_NHW1?: tf.Tensor4D;
  readonly localMask_NHW1?: tf.Tensor4D;
  readonly hidden_NTD?: tf.Tensor3D;
  readonly localHidden_NTD?: tf.Tensor3D;
};
