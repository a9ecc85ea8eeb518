import { randomFromSeed } from "@vpt/core";
import type { RgbImage } from "@vpt/data/images";
import { multiCrop, type MultiCropOptions, type VisionBatch } from "@vpt/vision";

/** Batches of crops as a pure function of the step: a run's cursor is its step. */
export interface VisionBatches {
  at(step: number): VisionBatch;
}

/** Goes through the images in a new order each epoch; crops of step t are drawn from a stream of their own. */
export function visionBatches(
  images: readonly RgbImage[],
  { batchSize, seed, ...options }: MultiCropOptions & { readonly batchSize: number; readonly seed: number },
): VisionBatches {
  const orders = new Map<number, number[]>();
  const orderOf = (epoch: number): number[] => {
    const known = orders.get(epoch);
    if (known) return known;
    const random = randomFromSeed(seed, `epoch ${epoch}`);
    const order = images.map((_, i) => i);
    for (let i = order.length - 1; i > 0; i--) {
      const j = random.integer(i + 1);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    orders.set(epoch, order);
    return order;
  };
  return {
    at: (step) => {
      const drawn = Array.from({ length: batchSize }, (_, k) => {
        const position = step * batchSize + k;
        return images[orderOf(Math.floor(position / images.length))[position % images.length]!]!;
      });
      return multiCrop(drawn, randomFromSeed(seed, `crops ${step}`), options);
    },
  };
}
