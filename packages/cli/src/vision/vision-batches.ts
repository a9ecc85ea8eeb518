import { randomFromState } from "@vpt/core";
import { createCropLoader, type CropLoaderOptions, type CropPlan, type Quarantined } from "@vpt/data/images";
import { cropBatch, type MultiCropOptions, type VisionBatch } from "@vpt/vision";

/** Batches of crops as a pure function of the step: a run's cursor is its step. */
export interface VisionBatches {
  /** New tensors, owned by the caller. */
  at(step: number): Promise<VisionBatch>;
  readonly quarantined: readonly Quarantined[];
  close(): Promise<void>;
}

/** Crops are drawn in threads, ahead of the learner; patch coordinates and noise follow here, from the same stream. Close it. */
export function visionBatches(
  images: CropPlan["images"],
  {
    batchSize,
    seed,
    rotaryOf,
    noise,
    ...crops
  }: MultiCropOptions & { readonly batchSize: number; readonly seed: number },
  options: CropLoaderOptions = {},
): VisionBatches {
  const loader = createCropLoader({ images, batchSize, seed, crops }, options);
  return {
    at: async (step) => {
      const draw = await loader.at(step);
      return cropBatch(draw, randomFromState(draw.random), { ...(rotaryOf && { rotaryOf }), ...(noise !== undefined && { noise }) }); // prettier-ignore
    },
    quarantined: loader.quarantined,
    close: loader.close,
  };
}
