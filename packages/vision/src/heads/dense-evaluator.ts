import * as tf from "@tensorflow/tfjs";
import { VptError, type Params } from "@vpt/core";
import type { DenseBatch } from "./dense-batch.js";
import { convHead, linearHead, type DenseHead } from "./dense-head.js";
import { depthLoss, depthOf, upsampleTo, segmentationLoss } from "./dense-losses.js";

/** The dense tasks of the evaluator, with their weights in the loss. */
export interface DenseTasks {
  readonly segmentation?: { readonly classes: number; readonly weight?: number };
  /** `power` 1 is the paper's feedback, 2 its evaluation. */
  readonly depth?: { readonly weight?: number; readonly power?: 1 | 2 };
}

/** The heads of {@link DenseTasks}: their parameters live under `evaluator.`. */
export interface DenseEvaluator {
  init(seed: number): Params;
  /** `α_seg·CE + α_dep·error` of the heads on these features; batch norms use the batch's statistics when training. */
  loss(
    params: Params,
    features_BHWD: tf.Tensor4D,
    batch: Pick<DenseBatch, "labels_BHW" | "depth_BHW">,
    options?: { readonly training?: boolean },
  ): { readonly loss: tf.Scalar; readonly statistics: Params };
  /** Class indices (int32) and metres at a size. */
  predict(
    params: Params,
    features_BHWD: tf.Tensor4D,
    size: readonly [number, number],
  ): { readonly labels_BHW?: tf.Tensor3D; readonly depth_BHW?: tf.Tensor3D };
}

const names = { segmentation: "evaluator.segmentation", depth: "evaluator.depth" } as const;

/**
 * Evaluator heads for segmentation, depth, or their weighted sum.
 *
 * @throws {VptError} When no task is asked for, or a batch lacks a task's map.
 * @example
 * ```ts
 * import { denseEvaluator } from "@vpt/vision";
 *
 * const evaluator = denseEvaluator(384, { segmentation: { classes: 150, weight: 1 }, depth: { weight: 8 } });
 * ```
 * @see arXiv 2601.22108v2, equation 51.
 * @category heads
 */
export function denseEvaluator(
  width: number,
  tasks: DenseTasks,
  { head: kind = "linear" }: { readonly head?: "linear" | "conv" } = {},
): DenseEvaluator {
  const make = (outputs: number): DenseHead =>
    kind === "linear" ? linearHead({ width, outputs }) : convHead({ width, outputs });
  const { segmentation, depth } = tasks;
  if (!segmentation && !depth) throw new VptError("denseEvaluator: no task; give segmentation, depth or both");
  const segmenter = segmentation && make(segmentation.classes);
  const ranger = depth && make(1);
  const required = (map: tf.Tensor3D | undefined, what: string): tf.Tensor3D => {
    if (map) return map;
    throw new VptError(`denseEvaluator: the batch has no ${what}, which the task needs`);
  };
  return {
    init: (seed) => ({
      ...segmenter?.init(names.segmentation, seed),
      ...ranger?.init(names.depth, seed),
    }),
    loss: (params, features, batch, options) => {
      const terms: tf.Scalar[] = [];
      let statistics: Params = {};
      if (segmenter) {
        const out = segmenter.apply(params, names.segmentation, features, options);
        statistics = { ...statistics, ...out.statistics };
        terms.push(
          tf.mul(segmentationLoss(out.map_BHWK, required(batch.labels_BHW, "labels")), segmentation.weight ?? 1),
        );
      }
      if (ranger) {
        const out = ranger.apply(params, names.depth, features, options);
        statistics = { ...statistics, ...out.statistics };
        const error = depthLoss(depthOf(out.map_BHWK), required(batch.depth_BHW, "depth"), { power: depth.power ?? 1 });
        terms.push(tf.mul(error, depth.weight ?? 1));
      }
      return { loss: terms.length === 1 ? terms[0]! : (tf.addN(terms) as tf.Scalar), statistics };
    },
    predict: (params, features, size) =>
      tf.tidy(() => ({
        ...(segmenter && {
          labels_BHW: tf.argMax(
            upsampleTo(segmenter.apply(params, names.segmentation, features).map_BHWK, size),
            3,
          ) as tf.Tensor3D,
        }),
        ...(ranger && {
          depth_BHW: tf.squeeze(
            upsampleTo(depthOf(ranger.apply(params, names.depth, features).map_BHWK), size),
            [3],
          ) as tf.Tensor3D,
        }),
      })),
  };
}
