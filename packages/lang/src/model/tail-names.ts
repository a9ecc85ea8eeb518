import { VptError } from "@vpt/core";
import type { DecoderConfig } from "./decoder-config.js";
import { decoderNames } from "./decoder-shapes.js";

/**
 * Where a parameter enters the forward pass: the index of its block, 0 for the embedding (a tied one enters first of
 * all), the number of blocks for the final norm and an untied head.
 *
 * @example
 * ```ts
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
 * `config.layers − lastBlocks` covers them.
 *
 * @param lastBlocks How many blocks; 0 gives the norm alone.
 * @example
 * ```ts
 * const subset = tailNames(config, 2);
 * ```
 * @category model
 */
export const tailNames = (
  config: DecoderConfig,
  lastBlocks: number,
  options: {
    /** Whether `model.norm.weight` belongs to it; default true. */
    readonly norm?: boolean;
  } = {},
): readonly string[] => {
  const { norm = true } = options;
  if (!Number.isInteger(lastBlocks) || lastBlocks < 0 || lastBlocks > config.layers) {
    throw new VptError(`lastBlocks must be an integer from 0 to ${config.layers}, received ${lastBlocks}.`);
  }
  const isTail = (name: string): boolean =>
    name.startsWith("model.layers.")
      ? blockOf(config, name) >= config.layers - lastBlocks
      : norm && name === "model.norm.weight";
  return decoderNames(config).filter(isTail);
};
