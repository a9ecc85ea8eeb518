import * as tf from "@tensorflow/tfjs";
import { compile } from "@vpt/backend";
import { adamW, randomFromSeed, warmupCosine, type Params } from "@vpt/core";
import { createDepthMeter } from "@vpt/eval/depth";
import { createConfusion } from "@vpt/eval/segmentation";
import {
  collateDense,
  denseEvaluator,
  headStep,
  initHeads,
  vitFeatures,
  type DenseSample,
  type HeadBatch,
  type ViTConfig,
} from "@vpt/vision";
import type { VisionConfig } from "./config.js";
import type { VisionPools } from "./vision-data.js";

/** What linear heads get out of a frozen backbone. */
export interface VisionScores {
  /** Absent without label maps, as is the list of classes. */
  readonly mIoU?: number;
  readonly iou: readonly number[];
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

/**
 * Trains linear-BN heads on the probe pool, the backbone frozen, and scores the test pool: mIoU (confusion over all
 * images) and depth RMSE (mean over images, loss L2). Features are made once; heads and their order depend on the seed
 * alone.
 */
export async function scoreVision(
  config: ViTConfig,
  params: Params,
  run: VisionConfig,
  pools: VisionPools,
): Promise<{ readonly scores: VisionScores; readonly shown: readonly Predicted[] }> {
  const evaluator = denseEvaluator(config.hiddenSize, {
    ...(pools.classes.length > 0 && { segmentation: { classes: pools.classes.length } }),
    ...(pools.hasDepth && { depth: { power: 2 as const } }),
  });
  const optimizer = adamW();
  const { steps, learningRate, batchSize } = run.linearProbe;
  const rate = warmupCosine({ peak: learningRate, steps, lrWarmupSteps: Math.ceil(steps / 20), finalShare: 0 });
  const known = featuresOf(config, params, pools.linearProbe);
  const random = randomFromSeed(run.seed, "probe");
  let heads = initHeads(evaluator, optimizer, run.seed);
  for (let step = 0; step < steps; step++) {
    const previous = heads;
    heads = tf.tidy(() => {
      const rows = tf.tensor1d(
        Array.from({ length: batchSize }, () => random.integer(pools.linearProbe.length)),
        "int32",
      );
      const batch = Object.fromEntries(
        Object.entries(known).map(([name, x]) => [name, tf.gather(x, rows)]),
      ) as HeadBatch;
      return headStep(evaluator, optimizer, previous, batch, rate(step), run.backend.compile ? compile : undefined)
        .state as typeof heads & tf.TensorContainer;
    });
    tf.dispose([previous.params, previous.optimizer.first, previous.optimizer.second]);
  }
  tf.dispose(known as unknown as tf.TensorContainer);
  const [{ labels, depth: firstDepth }] = pools.test as readonly [DenseSample];
  const { width, height } = (labels ?? firstDepth)!;
  const confusion = pools.classes.length > 0 ? createConfusion(pools.classes.length) : undefined;
  const meter = createDepthMeter({ width, minDepth: 1e-3, maxDepth: 10 });
  const shown: Predicted[] = [];
  for (let from = 0; from < pools.test.length; from += 32) {
    const samples = pools.test.slice(from, from + 32);
    const { features_BHWD, ...maps } = featuresOf(config, params, samples);
    const predicted = evaluator.predict(heads.params, features_BHWD, [height, width]);
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
    tf.dispose([features_BHWD, predicted as unknown as tf.Tensor[], maps as unknown as tf.Tensor[]]);
  }
  tf.dispose([heads.params, heads.optimizer.first, heads.optimizer.second]);
  const segmentation = confusion?.scores();
  const depth = pools.hasDepth ? meter.scores().mean : undefined;
  return {
    scores: {
      iou: [],
      ...(segmentation && { mIoU: segmentation.mIoU, iou: segmentation.iou }),
      ...(depth && { rmse: depth.rmse, delta1: depth.delta1 }),
    },
    shown,
  };
}

/** Patch features of samples, and their maps. */
function featuresOf(config: ViTConfig, params: Params, samples: readonly DenseSample[]) {
  return tf.tidy(() => {
    const { images_BHWC, ...maps } = collateDense(samples);
    return { features_BHWD: vitFeatures(config, params, images_BHWC).patches_BHWD, ...maps };
  });
}
