import * as tf from "@tensorflow/tfjs";
import type { Params } from "@vpt/core";
import { segmentationLoss } from "../../heads/dense-losses.js";
import { lossOnlyEvaluator, probeHead, probeName, type DenseProbe, type ProbeHead } from "./dense-probe.js";

/**
 * The head of ADE20K's protocol: cross-entropy at the labels' size, divided by all pixels, also those that do not
 * count.
 *
 * @example
 * ```ts
 * import { segmentationProbe } from "@vpt/vision/evaluation";
 *
 * const probe = segmentationProbe({ width: 384, classes: 150, head: "linear" });
 * ```
 * @see dinov3 `eval/segmentation/configs/config-ade20k-linear-training.yaml`
 * @category probes
 */
export function segmentationProbe({
  width,
  classes,
  head,
}: {
  readonly width: number;
  readonly classes: number;
  readonly head: ProbeHead;
}): DenseProbe {
  const part = probeHead(head, width, classes);
  const init = (seed: number): Params => part.init(probeName, seed);
  const evaluator = lossOnlyEvaluator(init, (params, features, { labels_BHW }, options) => {
    const { map_BHWK, statistics } = part.apply(params, probeName, features, options);
    return { loss: segmentationLoss(map_BHWK, labels_BHW!, { average: "all" }), statistics };
  });
  return {
    init,
    evaluatorAt: () => evaluator,
    map: (params, features) => tf.tidy(() => part.apply(params, probeName, features).map_BHWK),
  };
}
