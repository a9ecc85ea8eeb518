import * as tf from "@tensorflow/tfjs";
import { VptError, type Random } from "@vpt/core";
import type { PixelMap, RgbImage } from "@vpt/data/images";
import { normalizeImages } from "../views/normalize-images.js";

/** An image with what is known of its pixels; maps may have another size than the image. */
export interface DenseSample {
  readonly image: RgbImage;
  readonly labels?: PixelMap;
  /** Metres; 0 was not measured. */
  readonly depth?: PixelMap;
}

/** Labelled images of one size as tensors. */
export type DenseBatch = {
  readonly images_BHWC: tf.Tensor4D;
  /** int32 */
  readonly labels_BHW?: tf.Tensor3D;
  readonly depth_BHW?: tf.Tensor3D;
};

/**
 * Labelled images of one size as a batch. A map is taken when every sample has it.
 *
 * @returns New tensors, owned by the caller.
 * @throws {VptError} When there are no samples or sizes differ.
 * @example
 * ```ts
 * import { collateDense } from "@vpt/vision";
 *
 * const batch = collateDense([{ image, labels, depth }]);
 * ```
 * @category heads
 */
export function collateDense(samples: readonly DenseSample[]): DenseBatch {
  const stack = (maps: readonly (PixelMap | undefined)[], dtype: "int32" | "float32"): tf.Tensor3D | undefined => {
    const known = maps.filter((map) => map !== undefined);
    const [first] = known;
    if (!first || known.length < maps.length) return undefined;
    const size = first.width * first.height;
    const all = dtype === "int32" ? new Int32Array(known.length * size) : new Float32Array(known.length * size);
    known.forEach((map, i) => {
      if (map.width !== first.width || map.height !== first.height)
        throw new VptError(
          `collateDense: map ${i} is ${map.width} × ${map.height}, the first ${first.width} × ` +
            `${first.height}; resize them to one size`,
        );
      all.set(map.data, i * size);
    });
    return tf.tensor3d(all, [known.length, first.height, first.width], dtype);
  };
  const images_BHWC = normalizeImages(samples.map(({ image }) => image));
  const labels_BHW = stack(
    samples.map(({ labels }) => labels),
    "int32",
  );
  const depth_BHW = stack(
    samples.map(({ depth }) => depth),
    "float32",
  );
  return { images_BHWC, ...(labels_BHW && { labels_BHW }), ...(depth_BHW && { depth_BHW }) };
}

/** `count` different entries, in random order. */
export function sampleImages<T>(from: readonly T[], count: number, random: Random): T[] {
  const order = from.map((_, i) => i);
  return Array.from({ length: Math.min(count, from.length) }, (_, i) => {
    const j = i + random.integer(order.length - i);
    [order[i], order[j]] = [order[j]!, order[i]!];
    return from[order[i]!]!;
  });
}
