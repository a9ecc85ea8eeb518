import * as tf from "@tensorflow/tfjs";
import { causalMask, rotaryTables } from "@vpt/nn";
import type { BlockContext } from "./decoder-block.js";
import type { DecoderConfig } from "./decoder-config.js";

/**
 * What the blocks of one pass share, by block: rotary tables of positions `offset …`, and the causal mask, with the
 * sliding window in the blocks that have one. New tensors.
 */
export const attentionContext = (
  config: DecoderConfig,
  pass: {
    readonly tokens: number;
    /** Tokens in the cache. */
    readonly offset?: number;
    /** Length of a cache that does not grow, for one new token: its place is told, and what lies after it is hidden. */
    readonly capacity?: number | undefined;
    /** Left padding of each row. */
    readonly padding?: readonly number[] | undefined;
    /** Which of a row's packed texts each position is of; needs no cache. */
    readonly documents_BT?: tf.Tensor2D | undefined;
  },
): ((block: number) => BlockContext) => {
  const { headDim: width, ropeTheta: theta, ropeScaling: scaling, slidingWindow } = config;
  const { tokens, offset = 0, capacity, padding, documents_BT } = pass;
  const rotary = rotaryTables({ length: tokens, width, theta, offset, scaling });
  const isPadded = padding?.some((columns) => columns > 0) === true;
  const shape = { keys: offset + tokens, ...(isPadded && { padding }) };
  const own = documents_BT && otherDocuments(documents_BT);
  const masked = (mask: tf.Tensor): tf.Tensor => (own ? tf.tidy(() => tf.minimum(mask, own)) : widened(mask, capacity));
  const slot = capacity === undefined ? {} : { slot: slotAt(offset, capacity) };
  const full = { rotary, mask: masked(causalMask(tokens, shape)), ...slot };
  if (slidingWindow === undefined || slidingWindow.tokens >= shape.keys) return () => full;
  const narrow = { ...full, mask: masked(causalMask(tokens, { ...shape, window: slidingWindow.tokens })) };
  return (block) => (slidingWindow.blocks.includes(block) ? narrow : full);
};

/** The mask with hidden keys after its own, up to `capacity`. */
const widened = (mask: tf.Tensor, capacity = mask.shape.at(-1)!): tf.Tensor => {
  const more = capacity - mask.shape.at(-1)!;
  if (more === 0) return mask;
  return tf.tidy(() => tf.pad(mask, [...mask.shape.slice(1).map((): [number, number] => [0, 0]), [0, more]], -1e9));
};

const slotAt = (position: number, capacity: number): tf.Tensor => {
  const slot = new Float32Array(capacity);
  slot[position] = 1;
  return tf.tensor4d(slot, [1, 1, capacity, 1]);
};

/**
 * `[B, 1, T, T]`: 0 within a text, far below it between texts. Positions need no reset: rotary attention sees
 * differences only.
 */
const otherDocuments = (documents_BT: tf.Tensor2D): tf.Tensor =>
  tf.tidy(() => {
    const differs = tf.notEqual(documents_BT.expandDims(2), documents_BT.expandDims(1));
    return tf.mul(tf.cast(differs, "float32"), -1e9).expandDims(1);
  });
