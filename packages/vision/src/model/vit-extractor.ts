import * as tf from "@tensorflow/tfjs";
import type { RgbImage } from "@vpt/data/images";
import { normalizeImages } from "../views/normalize-images.js";
import type { ViT } from "./load-vit.js";
import { vitFeatures } from "./vit.js";

/** Options of {@link vitExtractor}: the vector that represents an image, and the preparation of the image. */
export interface ViTExtractorOptions {
  /** `cls`: kNN; `cls+mean`: the linear probe; `mean`: retrieval. */
  readonly feature?: "cls" | "mean" | "cls+mean";
  /**
   * From an image to the view that the backbone sees, sides multiples of the patch; see `imagenetView`,
   * `retrievalView`.
   */
  readonly view?: (image: RgbImage) => RgbImage;
  /** Most images of one size in a pass. */
  readonly batchSize?: number;
}

/**
 * A frozen ViT as the `FeatureExtractor` that the runners of `@vpt/eval` take: class token, mean of the patch tokens,
 * or both side by side, after the final norm; registers are left out.
 *
 * @example
 * ```ts
 * import { retrievalView, vitExtractor } from "@vpt/vision";
 *
 * const view = (picture: typeof image) => retrievalView(picture, { patchSize: vit.config.patchSize });
 * const extractor = vitExtractor(vit, { feature: "mean", view });
 * const [descriptor] = await extractor.extract([image]); // 384 numbers for ViT-S
 * ```
 * @category model
 */
export const vitExtractor = (
  { config, params }: ViT,
  { feature = "cls", view = (image) => image, batchSize = 32 }: ViTExtractorOptions = {},
): { extract(images: readonly RgbImage[]): Promise<Float32Array[]> } => ({
  async extract(images) {
    const views = images.map((image, at) => ({ at, image: view(image) }));
    // Retrieval's views differ in size; those of one size share a pass.
    const bySize = new Map<string, typeof views>();
    for (const item of views) {
      const size = `${item.image.width} × ${item.image.height}`;
      bySize.set(size, [...(bySize.get(size) ?? []), item]);
    }
    const features: Float32Array[] = [];
    for (const group of bySize.values()) {
      for (let start = 0; start < group.length; start += batchSize) {
        const part = group.slice(start, start + batchSize);
        const vectors_BD = tf.tidy(() => {
          const { cls_BD, patches_BHWD } = vitFeatures(config, params, normalizeImages(part.map(({ image }) => image)));
          const mean_BD = tf.mean(patches_BHWD, [1, 2]) as tf.Tensor2D;
          if (feature === "cls") return cls_BD;
          return feature === "mean" ? mean_BD : (tf.concat([cls_BD, mean_BD], 1) as tf.Tensor2D);
        });
        const values = (await vectors_BD.data()) as Float32Array;
        const width = vectors_BD.shape[1];
        vectors_BD.dispose();
        part.forEach(({ at }, row) => (features[at] = values.slice(row * width, (row + 1) * width)));
      }
    }
    return features;
  },
});
