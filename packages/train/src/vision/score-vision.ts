import * as tf from "@tensorflow/tfjs";
import type { Params } from "@vpt/core";
import { createDepthMeter } from "@vpt/eval/depth";
import { createConfusion } from "@vpt/eval/segmentation";
import { denseEvaluator, type DenseEvaluator, type DenseSample, type HeadBatch, type ViTConfig } from "@vpt/vision";
import type { VisionConfig } from "./config.js";
import { denseFeatures } from "./dense-features.js";
import { fitHeads } from "./fit-heads.js";
import { patchNeighbours } from "./patch-neighbours.js";
import type { VisionPools } from "./vision-data.js";

/** What linear heads get out of a frozen backbone. */
export interface VisionScores {
  /** Absent without label maps, as is the list of classes. */
  readonly mIoU?: number;
  readonly iou: readonly number[];
  /** Accuracy of `patchNeighbours`; absent without label maps. */
  readonly knn?: number;
  /** Metres, mean over images; absent without depth. */
  readonly rmse?: number;
  readonly delta1?: number;
}

/** A test image with what the probe says. */
export interface Predicted {
  readonly sample: DenseSample;
  readonly labels?: Int32Array;
  readonly depth?: Float32Array;
}

/** Test images of one pass. */
const testBatch = 32;

/**
 * Trains linear-BN heads on the probe pool, the backbone frozen, and scores the test pool: mIoU (confusion over all
 * images), depth RMSE (mean over images, loss L2), and the accuracy of nearest neighbours among patches. Features are
 * made once; heads and their order depend on the seed alone.
 */
export async function scoreVision(
  config: ViTConfig,
  params: Params,
  run: VisionConfig,
  pools: VisionPools,
): Promise<{ readonly scores: VisionScores; readonly shown: readonly Predicted[] }> {
  const classes = pools.classes.length;
  const evaluator = denseEvaluator(config.hiddenSize, {
    ...(classes > 0 && { segmentation: { classes } }),
    ...(pools.hasDepth && { depth: { power: 2 as const } }),
  });
  const known = denseFeatures(config, params, pools.linearProbe);
  const heads = fitHeads(evaluator, known, run);
  const neighbours =
    classes > 0
      ? await patchNeighbours(
          { samples: pools.linearProbe, features_BHWD: known.features_BHWD },
          { classes, testImages: pools.test.length, seed: run.data.seed },
        )
      : undefined;
  tf.dispose(known as unknown as tf.TensorContainer);
  const meters = createMeters(pools);
  for (let from = 0; from < pools.test.length; from += testBatch) {
    const samples = pools.test.slice(from, from + testBatch);
    const features = denseFeatures(config, params, samples);
    await meters.add(samples, evaluator, heads, features);
    await neighbours?.add({ samples, features_BHWD: features.features_BHWD });
    tf.dispose(features as unknown as tf.TensorContainer);
  }
  tf.dispose(heads);
  const knn = neighbours?.accuracy();
  return { scores: { ...meters.scores(), ...(knn !== undefined && { knn }) }, shown: meters.shown };
}

/** Collects predictions of test images: errors of all, and the first six to show. */
function createMeters(pools: VisionPools) {
  const [{ labels, depth: firstDepth }] = pools.test as readonly [DenseSample];
  const { width, height } = (labels ?? firstDepth)!;
  const confusion = pools.classes.length > 0 ? createConfusion(pools.classes.length) : undefined;
  const meter = createDepthMeter({ width, minDepth: 1e-3, maxDepth: 10 });
  const shown: Predicted[] = [];
  return {
    shown,
    async add(
      samples: readonly DenseSample[],
      evaluator: DenseEvaluator,
      heads: Params,
      { features_BHWD }: HeadBatch,
    ): Promise<void> {
      const predicted = evaluator.predict(heads, features_BHWD, [height, width]);
      const classes = predicted.labels_BHW && ((await predicted.labels_BHW.data()) as Int32Array);
      const depths = predicted.depth_BHW && ((await predicted.depth_BHW.data()) as Float32Array);
      samples.forEach((sample, i) => {
        const part = <T extends Int32Array | Float32Array>(all: T): T =>
          all.slice(i * width * height, (i + 1) * width * height) as T;
        if (classes) confusion!.add(part(classes), sample.labels!.data);
        if (depths) meter.add(part(depths), sample.depth!.data);
        if (shown.length < 6)
          shown.push({ sample, ...(classes && { labels: part(classes) }), ...(depths && { depth: part(depths) }) });
      });
      tf.dispose(predicted as unknown as tf.TensorContainer);
    },
    scores(): VisionScores {
      const segmentation = confusion?.scores();
      const depth = pools.hasDepth ? meter.scores().mean : undefined;
      return {
        iou: [],
        ...(segmentation && { mIoU: segmentation.mIoU, iou: segmentation.iou }),
        ...(depth && { rmse: depth.rmse, delta1: depth.delta1 }),
      };
    },
  };
}
