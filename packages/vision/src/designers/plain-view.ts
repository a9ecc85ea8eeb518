import type { Designer } from "@vpt/core";
import type { VisionBatch, VisionView } from "../dino/vision-batch.js";

/**
 * Ordinary DINO as a designer: the crops as they are. The baseline arm; it has no parameters.
 *
 * @example
 * ```ts
 * const designer = plainViewDesigner();
 * ```
 * @category designers
 */
export const plainViewDesigner = (): Designer<VisionBatch, VisionView> => ({
  init: () => ({}),
  design: () => ({}),
  plain: () => ({}),
});
