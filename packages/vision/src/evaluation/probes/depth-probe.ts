import * as tf from "@tensorflow/tfjs";
import type { Params } from "@vpt/core";
import { upsampleTo } from "../../heads/dense-losses.js";
import { lossOnlyEvaluator, probeHead, probeName, type DenseProbe, type ProbeHead } from "./dense-probe.js";
import { depthOfBins, type DepthBins } from "./depth-bins.js";
import { siLogLoss } from "./silog-loss.js";

/** Updates whose loss leaves the variance out. */
const biasAloneFor = 100;

/**
 * The head of NYUv2's protocol: a score a bin ({@link depthOfBins}), {@link siLogLoss} at the truth's size, without its
 * variance for 100 updates.
 *
 * @example
 * ```ts
 * import { depthProbe } from "@vpt/vision/evaluation";
 *
 * const probe = depthProbe({ width: 384, head: "linear", minDepth: 0.001, maxDepth: 10, bins: 256 });
 * ```
 * @see dinov3 `eval/depth/configs/config-nyu.yaml`
 * @category probes
 */
export function depthProbe({
  width,
  head,
  ...bins
}: { readonly width: number; readonly head: ProbeHead } & DepthBins): DenseProbe {
  const part = probeHead(head, width, bins.bins);
  const init = (seed: number): Params => part.init(probeName, seed);
  const lossWith = (variance: boolean) =>
    lossOnlyEvaluator(init, (params, features, { depth_BHW }, options) => {
      const { map_BHWK, statistics } = part.apply(params, probeName, features, options);
      const [, height, width] = depth_BHW!.shape;
      const depth = upsampleTo(depthOfBins(map_BHWK, bins), [height, width]);
      return { loss: siLogLoss(tf.squeeze(depth, [3]), depth_BHW!, { ...bins, variance }), statistics };
    });
  const [first, later] = [lossWith(false), lossWith(true)];
  return {
    init,
    evaluatorAt: (step) => (step < biasAloneFor ? first : later),
    map: (params, features) => tf.tidy(() => depthOfBins(part.apply(params, probeName, features).map_BHWK, bins)),
  };
}
