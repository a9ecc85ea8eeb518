import { vitShapes, type ViTConfig } from "@vpt/vision";
import type { VisionConfig } from "../vision/config.js";

/** What one method of a vision run costs. */
export interface VisionCost {
  /** Backbone and DINO head. */
  readonly parameters: number;
  /** Operations of all steps, without a value and with one. */
  readonly flops: number;
  readonly flopsWithValue: number;
  /** Float32: student, its gradient and two moments, teacher; activations come on top. */
  readonly bytes: number;
}

/**
 * Cost of one method: a parameter costs a token 2 operations forward and 4 backward. Student: all crops, both ways;
 * teacher: the global ones, forward; every `period` steps the meta batch's global crops (two passes of the tail and one
 * of the rest, 8 a parameter at most) and one feedback batch.
 */
export function visionCost(run: VisionConfig, config: ViTConfig): VisionCost {
  const sizes = Object.values(vitShapes(config)).map((shape) => shape.reduce((product, side) => product * side, 1));
  const backbone = sizes.reduce((sum, size) => sum + size, 0);
  const { hiddenSize, bottleneckSize, outputSize } = run.projectionHead;
  const head =
    config.hiddenSize * hiddenSize + hiddenSize ** 2 + hiddenSize * bottleneckSize + bottleneckSize * outputSize;
  const tokens = (side: number): number => (side / config.patchSize) ** 2 + 1 + config.registers;
  const { globalSize, localSize, locals } = run.crops;
  const { metaBatchSize = run.batchSize, feedbackBatchSize, updateEvery: period } = run.value;
  const globalTokens = 2 * run.batchSize * tokens(globalSize);
  const localTokens = locals * run.batchSize * tokens(localSize);
  const step = 8 * globalTokens + 6 * localTokens;
  const update = 8 * 2 * metaBatchSize * tokens(globalSize) + 6 * feedbackBatchSize * tokens(globalSize);
  return {
    parameters: backbone + head,
    flops: run.steps * backbone * step,
    flopsWithValue: run.steps * backbone * (step + update / period),
    bytes: 4 * 5 * (backbone + head),
  };
}
