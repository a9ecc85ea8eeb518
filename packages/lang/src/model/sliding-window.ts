import { VptError } from "@vpt/core";

/** Blocks whose queries see their last `tokens` keys only. */
export interface SlidingWindow {
  readonly tokens: number;
  /** Their indices. */
  readonly blocks: readonly number[];
}

/**
 * The sliding window of a `config.json`: `use_sliding_window` with `sliding_window`, in the blocks that `layer_types`
 * names, else in those from `max_window_layers` on. Undefined when no block has one.
 *
 * @see Hugging Face `Qwen2Config`.
 */
export const parseSlidingWindow = (
  json: Readonly<Record<string, unknown>>,
  layers: number,
): SlidingWindow | undefined => {
  const kinds = json["layer_types"];
  if (kinds !== undefined && kinds !== null) {
    const known = ["full_attention", "sliding_attention"];
    if (!Array.isArray(kinds) || kinds.length !== layers || kinds.some((kind) => !known.includes(kind as string)))
      throw new VptError(
        `config.json: "layer_types" must name ${known.join(" or ")} for each of ${layers} layers, ` +
          `received ${JSON.stringify(kinds)}.`,
      );
    if (json["use_sliding_window"] !== true && kinds.includes("sliding_attention"))
      throw new VptError('config.json: "layer_types" has sliding_attention, but "use_sliding_window" is not true.');
  }
  if (json["use_sliding_window"] !== true) return undefined;
  const { sliding_window: tokens = 4096, max_window_layers: from = 28 } = json;
  if (typeof tokens !== "number" || !Number.isInteger(tokens) || tokens < 1)
    throw new VptError(`config.json: "sliding_window" must be a positive integer, received ${JSON.stringify(tokens)}.`);
  const slides = (block: number): boolean =>
    Array.isArray(kinds) ? kinds[block] === "sliding_attention" : block >= Number(from);
  const blocks = Array.from({ length: layers }, (_, block) => block).filter(slides);
  return blocks.length === 0 ? undefined : { tokens, blocks };
};

/** The fields of a `config.json` that {@link parseSlidingWindow} reads. */
export const slidingWindowJson = (
  window: SlidingWindow | undefined,
  layers: number,
): Readonly<Record<string, unknown>> =>
  window === undefined
    ? {}
    : {
        use_sliding_window: true,
        sliding_window: window.tokens,
        max_window_layers: Math.min(...window.blocks),
        layer_types: Array.from({ length: layers }, (_, block) =>
          window.blocks.includes(block) ? "sliding_attention" : "full_attention",
        ),
      };
