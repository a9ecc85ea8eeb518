import { decoderShapes, lastBlockParameters, type DecoderConfig } from "@vpt/lang";
import { attentionFlops, learnerFlops } from "./learner-flops.js";

/** Sizes of a V-Pretraining step of a decoder whose parameters all train. */
export interface StepWork {
  /** Rows a step. */
  readonly batch: number;
  /** Tokens a row; all of them are in the loss. */
  readonly tokens: number;
  /** Rows of a feedback batch. */
  readonly feedbackRows: number;
  /** Blocks at the end over which the value is taken. */
  readonly blocks: number;
  /** K, candidates a position. */
  readonly candidates: number;
  /** The learned designer's blocks and their width. @default 2 and 128, as `topKDesigner` */
  readonly designer?: { readonly layers: number; readonly width: number };
}

/** Operations of the products in the parts of a step. */
export interface StepFlops {
  /** The learner's own: forward and backward, all parameters trained. */
  readonly baseline: number;
  /** One gradient of a feedback batch over the aligned blocks. */
  readonly feedback: number;
  /** Derivative of the value: tangents of the aligned blocks and of the candidates' logits. */
  readonly value: number;
  /** The learned designer, forward. */
  readonly design: number;
  /** The aligned blocks one downstream step ahead, forward, and the candidates' logits there. */
  readonly ahead: number;
}

/**
 * Counts the operations of a V-Pretraining step, part by part. The value's forward pass is the learner's own, which a
 * compiled step holds once, so the value adds its tangents alone: `ẋW + xẆ` is two products where the forward pass has
 * one, but the lowest aligned block gets an input without a tangent. What is no product is not counted.
 *
 * @example
 * ```ts
 * import { stepFlops } from "@vpt/train/language";
 *
 * const work = { batch: 4, tokens: 256, feedbackRows: 2, blocks: 2, candidates: 64 };
 * const { baseline, feedback, value, design } = stepFlops(config, work);
 * const ratio = 1 + (design + (feedback + value + 3 * design) / 8) / baseline; // an update every 8 steps
 * ```
 * @see arXiv 2601.22108v1, appendix A.5. Differs: counted, where the paper measures.
 */
export function stepFlops(config: DecoderConfig, work: StepWork): StepFlops {
  const { batch, tokens: row, feedbackRows, blocks, candidates, designer = { layers: 2, width: 128 } } = work;
  const { layers, hiddenSize } = config;
  const shapes: Readonly<Record<string, readonly number[]>> = decoderShapes(config);
  const learner = learnerFlops(config, { row, from: 0, trained: Object.values(shapes) });
  const aligned = lastBlockParameters(config, blocks).map((name) => shapes[name]!);
  const feedback = learnerFlops(config, { row, from: layers - blocks, trained: aligned });
  return {
    baseline: batch * row * (learner.forward + learner.backward),
    feedback: feedbackRows * row * (feedback.forward + feedback.backward),
    value: batch * row * tangentFlops(config, { row, blocks, candidates }),
    design: batch * row * designerFlops(hiddenSize, { row, candidates, ...designer }),
    ahead: batch * row * (blocks * blockFlops(config, row) + 2 * candidates * hiddenSize),
  };
}

/** Operations of the inputs of a block's attention (q, k, v), and of all its matrices; a token, forward. */
function matrixFlops({ hiddenSize: D, intermediateSize, heads, keyValueHeads, headDim }: DecoderConfig) {
  const inputs = 2 * D * (heads + 2 * keyValueHeads) * headDim;
  return { inputs, all: inputs + 2 * D * heads * headDim + 6 * D * intermediateSize };
}

const blockFlops = (config: DecoderConfig, row: number): number =>
  matrixFlops(config).all + attentionFlops(config, row);

function tangentFlops(
  config: DecoderConfig,
  { row, blocks, candidates }: { readonly row: number; readonly blocks: number; readonly candidates: number },
): number {
  const { inputs, all } = matrixFlops(config);
  return blocks * (2 * all + 2 * attentionFlops(config, row)) - inputs + 2 * candidates * config.hiddenSize;
}

/** The table's rows of tokens, labels and candidates enter through one projection. */
function designerFlops(
  embedding: number,
  {
    row,
    candidates,
    layers,
    width,
  }: { readonly row: number; readonly candidates: number; readonly layers: number; readonly width: number },
): number {
  const blocks = layers * (2 * 16 * width ** 2 + 4 * row * width);
  const projections = 3 * 2 * width * embedding; // of tokens and labels, and of the query back to the table's width
  const heads = 2 * (2 * width ** 2) + 2 * (2 * width); // scores and gate
  return blocks + projections + heads + 2 * candidates * embedding;
}
