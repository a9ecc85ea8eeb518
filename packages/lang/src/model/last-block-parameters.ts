import { VptError } from "@vpt/core";
import type { DecoderConfig } from "./decoder-config.js";
import { decoderNames } from "./decoder-shapes.js";

/**
 * Where a parameter enters the forward pass: the index of its block, 0 for the embedding (a tied one enters first of
 * all), the number of blocks for the final norm and an untied head.
 *
 * @example
 * ```ts
 * import { blockOf } from "@vpt/lang";
 * blockOf(config, "model.layers.3.mlp.up_proj.weight"); // 3
 * ```
 * @throws {VptError} For a name that is no decoder's.
 * @category model
 */
export const blockOf = (config: DecoderConfig, name: string): number => {
  const block = /(?:^|\.)model\.layers\.(\d+)\./.exec(name)?.[1];
  if (block !== undefined) return Number(block);
  if (name.endsWith("model.embed_tokens.weight")) return 0;
  if (name.endsWith("model.norm.weight") || name.endsWith("lm_head.weight")) return config.layers;
  throw new VptError(
    `"${name}" is no parameter of a decoder; expected a name such as "model.layers.0.mlp.up_proj.weight".`,
  );
};

/**
 * Names of the last blocks and the final norm: the aligned subset of the paper's language runs. A forward pass from
 * `config.layers − trainableBlocks` covers them.
 *
 * @param trainableBlocks How many blocks; 0 gives the norm alone.
 * @example
 * ```ts
 * import { lastBlockParameters } from "@vpt/lang";
 * const subset = lastBlockParameters(config, 2);
 * ```
 * @category model
 */
export const lastBlockParameters = (
  config: DecoderConfig,
  trainableBlocks: number,
  options: {
    /** Whether `model.norm.weight` belongs to it; default true. */
    readonly norm?: boolean;
  } = {},
): readonly string[] => {
  const { norm = true } = options;
  if (!Number.isInteger(trainableBlocks) || trainableBlocks < 0 || trainableBlocks > config.layers) {
    throw new VptError(`trainableBlocks must be an integer from 0 to ${config.layers}, received ${trainableBlocks}.`);
  }
  const isTail = (name: string): boolean =>
    name.startsWith("model.layers.")
      ? blockOf(config, name) >= config.layers - trainableBlocks
      : norm && name === "model.norm.weight";
  return decoderNames(config).filter(isTail);
};
