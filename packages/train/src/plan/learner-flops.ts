import { blockOf, decoderShapes, type DecoderConfig } from "@vpt/lang";

/** What of a decoder trains, on rows of how many tokens. */
export interface LearnerWork {
  /** Tokens a row. */
  readonly row: number;
  /** First block that the gradient goes back to; 0 when all train. */
  readonly from: number;
  /** Shapes of what trains. */
  readonly trained: readonly (readonly number[])[];
  /** What trains are adapters: products beside the model's own, not among them. */
  readonly adapters?: boolean;
}

const size = (shape: readonly number[]): number => shape.reduce((product, axis) => product * axis, 1);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Operations of scores and weighted sums, a token and block: `4·T·H·C`, without the causal half left out. */
export const attentionFlops = ({ heads, headDim }: DecoderConfig, row: number): number => 4 * row * heads * headDim;

/**
 * Counts the operations of a learner's products, forward and backward, a token. A product with a weight of n numbers is
 * `2n` forward, and again for each of its gradients: towards its input where something below trains, towards itself
 * where it does. Attention is `4·T·H·C` a block, twice that backward.
 */
export function learnerFlops(
  config: DecoderConfig,
  { row, from, trained, adapters = false }: LearnerWork,
): { readonly forward: number; readonly backward: number } {
  const { layers, tied } = config;
  // looked up, not multiplied
  const isTable = (name: string): boolean => name === "model.embed_tokens.weight" && !tied;
  const matrices = Object.entries(decoderShapes(config)).filter(([name, { length }]) => length === 2 && !isTable(name));
  const above = matrices.filter(
    ([name]) => (name === "model.embed_tokens.weight" ? layers : blockOf(config, name)) >= from,
  );
  const counts = (list: typeof matrices): number => sum(list.map(([, shape]) => size(shape)));
  const attention = attentionFlops(config, row);
  return {
    forward: 2 * counts(matrices) + layers * attention + (adapters ? 2 * sum(trained.map(size)) : 0),
    backward:
      2 * counts(above) +
      (layers - from) * 2 * attention +
      (adapters ? 4 : 2) * sum(trained.filter(({ length }) => length === 2).map(size)),
  };
}
