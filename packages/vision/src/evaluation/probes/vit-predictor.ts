import * as tf from "@tensorflow/tfjs";
import type { Params } from "@vpt/core";
import type { RgbImage } from "@vpt/data/images";
import { upsampleTo } from "../../heads/dense-losses.js";
import type { ViT } from "../../model/load-vit.js";
import { vitFeatures } from "../../model/vit.js";
import { normalizeImages } from "../../views/normalize-images.js";
import type { DenseProbe } from "./dense-probe.js";

/** Numbers at every place of a grid: `values` is `[height, width, channels]`. */
interface DenseMap {
  readonly values: ArrayLike<number>;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/**
 * A frozen ViT with a trained head as the `DensePredictor` that the runners of `@vpt/eval` take: maps at the head's
 * resolution. An image whose sides are no multiples of the patch is padded to them, centred, with the mean colour, and
 * its map is cut back at full resolution.
 *
 * @param head Parameters of the probe, as `trainDenseProbe` gives them.
 * @example
 * ```ts
 * import { evaluateDepth } from "@vpt/eval/depth";
 * import { depthProbe, openDepthFolders, vitPredictor } from "@vpt/vision/evaluation";
 *
 * const bins = { minDepth: 0.001, maxDepth: 10, bins: 256 };
 * const probe = depthProbe({ width: vit.config.hiddenSize, head: "linear", ...bins });
 * const { test } = openDepthFolders({ images: "set/images", depth: "set/depth" });
 * const record = await evaluateDepth(vitPredictor(vit, probe, head), test);
 * ```
 * @category probes
 */
export function vitPredictor(
  { config, params }: ViT,
  probe: DenseProbe,
  head: Params,
): { predict(images: readonly RgbImage[]): Promise<readonly DenseMap[]> } {
  const alike = async (images: readonly RgbImage[]): Promise<DenseMap[]> => {
    const [{ width, height }] = images as readonly [RgbImage];
    const whole = (side: number): number => Math.ceil(side / config.patchSize) * config.patchSize;
    const [wide, tall] = [whole(width), whole(height)];
    const [left, top] = [(wide - width) >> 1, (tall - height) >> 1];
    const map = tf.tidy(() => {
      const pixels = normalizeImages(images);
      if (wide === width && tall === height) return probe.map(head, vitFeatures(config, params, pixels).patches_BHWD);
      const padded = tf.pad(pixels, [
        [0, 0],
        [top, tall - height - top],
        [left, wide - width - left],
        [0, 0],
      ]);
      const grown = upsampleTo(probe.map(head, vitFeatures(config, params, padded).patches_BHWD), [tall, wide]);
      return tf.slice(grown, [0, top, left, 0], [-1, height, width, -1]);
    });
    const [, rows, columns, channels] = map.shape;
    const values = await map.data();
    map.dispose();
    const size = rows * columns * channels;
    return images.map((_, i) => ({
      values: values.subarray(i * size, (i + 1) * size),
      width: columns,
      height: rows,
      channels,
    }));
  };
  return {
    async predict(images) {
      const isOneSize = images.every(({ width, height }) => width === images[0]!.width && height === images[0]!.height);
      if (isOneSize) return alike(images);
      const maps: DenseMap[] = [];
      for (const image of images) maps.push(...(await alike([image])));
      return maps;
    },
  };
}
