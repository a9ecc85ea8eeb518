import type { Designer } from "@vpt/core";
import type { VisionBatch, VisionView } from "../dino/vision-batch.js";

/**
 * Ordinary DINO as a designer: the crops as they are. The baseline arm; it has no parameters.
 *
 * @example
 * ```ts
 * import { identityMaskDesigner } from "@vpt/vision";
 *
 * const designer = identityMaskDesigner();
 * ```
 * @category designers
 */
export const identityMaskDesigner = (): Designer<VisionBatch, VisionView> => ({
  init: () => ({}),
  design: () => ({}),
  baselineTask: () => ({}),
});
