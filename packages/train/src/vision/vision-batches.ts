import { isMetaStep, randomFromSeed, randomFromState } from "@vpt/core";
import { createCropLoader, type CropLoaderOptions, type CropPlan, type SkippedSample } from "@vpt/data/images";
import { cropBatch, type MultiCropOptions, type VisionBatch } from "@vpt/vision";

/** Batches of crops as a pure function of the step: a run's cursor is its step. */
export interface VisionBatches {
  /** New tensors, owned by the caller. */
  at(step: number): Promise<VisionBatch>;
  readonly quarantined: readonly SkippedSample[];
  close(): Promise<void>;
}

/** A batch of its own for the value, on the steps that take one. */
export interface MetaBatches {
  readonly batchSize: number;
  readonly updateEvery: number;
  readonly burnInSteps: number;
  /** Batches whose gradients are averaged into one step. @default 1 */
  readonly batchesPerStep?: number;
}

/**
 * Crops are drawn in threads, ahead of the learner; patch coordinates and noise follow here, from the same stream. With
 * `meta`, a batch of another order comes along on meta steps. Close it.
 */
export function visionBatches(
  images: CropPlan["images"],
  {
    batchSize,
    seed,
    rotaryOf,
    noise,
    meta,
    ...crops
  }: MultiCropOptions & { readonly batchSize: number; readonly seed: number; readonly meta?: MetaBatches | undefined },
  options: CropLoaderOptions = {},
): VisionBatches {
  const loader = createCropLoader({ images, batchSize, seed, crops }, options);
  const metaSeed = randomFromSeed(seed, "meta order").integer(2 ** 30);
  const { batchesPerStep = 1 } = meta ?? {};
  const metaLoader = meta && createCropLoader({ images, batchSize: meta.batchSize, seed: metaSeed, crops }, options);
  return {
    at: async (step) => {
      const draw = await loader.at(step);
      const batch = cropBatch(draw, randomFromState(draw.random), {
        ...(rotaryOf && { rotaryOf }),
        ...(noise !== undefined && { noise }),
      });
      // Of several batches a step, the value is taken on the first
      const learnerStep = step / batchesPerStep;
      if (!metaLoader || !Number.isInteger(learnerStep) || !isMetaStep(learnerStep, meta!)) return batch;
      const own = await metaLoader.at((learnerStep - meta!.burnInSteps) / meta!.updateEvery);
      return { ...batch, meta: cropBatch(own, randomFromState(own.random)) };
    },
    quarantined: loader.quarantined,
    close: async () => {
      await Promise.all([loader.close(), metaLoader?.close()]);
    },
  };
}
