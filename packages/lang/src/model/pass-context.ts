import { causalMask, rotaryTables } from "@vpt/nn";
import type { BlockContext } from "./decoder-block.js";
import type { DecoderConfig } from "./decoder-config.js";

/**
 * What the blocks of one pass share, by block: rotary tables of positions `offset …`, and the causal mask, with the sliding window in the
 * blocks that have one. New tensors.
 */
export const passContext = (
  config: DecoderConfig,
  pass: {
    readonly tokens: number;
    /** Tokens in the cache. */
    readonly offset?: number;
    /** Left padding of each row. */
    readonly padding?: readonly number[] | undefined;
  },
): ((block: number) => BlockContext) => {
  const { headDim: width, ropeTheta: theta, ropeScaling: scaling, slidingWindow } = config;
  const { tokens, offset = 0, padding } = pass;
  const rotary = rotaryTables({ length: tokens, width, theta, offset, scaling });
  const isPadded = padding?.some((columns) => columns > 0) === true;
  const shape = { keys: offset + tokens, ...(isPadded && { padding }) };
  const full = { rotary, mask: causalMask(tokens, shape) };
  if (slidingWindow === undefined || slidingWindow.tokens >= shape.keys) return () => full;
  const narrow = { rotary, mask: causalMask(tokens, { ...shape, window: slidingWindow.tokens }) };
  return (block) => (slidingWindow.blocks.includes(block) ? narrow : full);
};
