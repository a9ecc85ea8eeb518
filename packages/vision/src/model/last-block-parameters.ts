import { VptError } from "@vpt/core";
import type { ViTConfig } from "./vit-config.js";
import { vitNames } from "./vit-names.js";
import { vitShapes } from "./vit-shapes.js";

/**
 * Names of the last blocks and the final norm: the aligned subset of the paper's vision runs.
 *
 * @throws {VptError} For more blocks than there are.
 * @example
 * ```ts
 * import { lastViTBlockParameters } from "@vpt/vision";
 *
 * const subset = lastViTBlockParameters(vit.config, 2);
 * ```
 * @see arXiv 2601.22108v2, G.2.
 * @category model
 */
export function lastViTBlockParameters(config: ViTConfig, trainableBlocks: number): readonly string[] {
  if (!Number.isInteger(trainableBlocks) || trainableBlocks < 0 || trainableBlocks > config.layers)
    throw new VptError(`trainableBlocks must be an integer from 0 to ${config.layers}, received ${trainableBlocks}`);
  const first = config.layers - trainableBlocks;
  const names = vitNames(config);
  return Object.keys(vitShapes(config)).filter((name) => {
    const block = /(?:^|\.)layer\.(\d+)\./.exec(name)?.[1];
    return block === undefined ? name.startsWith(`${names.norm}.`) : Number(block) >= first;
  });
}

/**
 * The first block that any of these parameters enters: 0 for the embeddings, the number of blocks for the final norm
 * and a head.
 */
export function firstViTBlockOf(config: ViTConfig, subset: readonly string[]): number {
  const starts = subset.map((name) => {
    const block = /(?:^|\.)layer\.(\d+)\./.exec(name)?.[1];
    if (block !== undefined) return Number(block);
    return name.startsWith("embeddings.") ? 0 : config.layers;
  });
  return Math.min(...starts);
}
