import { blockOf, decoderShapes, loraShapes, type DecoderConfig } from "@vpt/lang";
import type { RunConfig } from "../language/config.js";
import { selectTrainable } from "../language/select-trainable.js";

/** What one method of a run costs, before it is run. */
export interface RunCost {
  readonly parameters: number;
  /** Parameters that train: of the model, or its adapters. */
  readonly trained: number;
  readonly adapters: boolean;
  readonly designerParameters: number;
  readonly tokensPerStep: number;
  /** Of the stream. */
  readonly tokens: number;
  /** Of the learner's steps, ordinary pretraining. */
  readonly flops: number;
  /** The same with a value: 18.9 % more, which is the paper's own figure and no measurement of ours (v1 table 3). */
  readonly flopsWithValue: number;
  readonly bytes: { readonly model: number; readonly training: number; readonly activations: number };
}

const size = (shape: readonly number[]): number => shape.reduce((product, axis) => product * axis, 1);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/**
 * Operations: a product with a weight of n numbers is `2n` a token, forward and again for each of its gradients,
 * towards its input where something below trains and towards itself where it does; attention is `4·T·H·C` a token and
 * block, twice that backward. Memory, float32: the model; gradient and two moments of what trains, with the designer's
 * own four copies; what the backward pass of a micro-batch keeps: about `10D + 4HC + 3I + 2HT` numbers a token of each
 * block that it goes through, and three tables of logits.
 */
export function costOfRun(config: DecoderConfig, run: RunConfig): RunCost {
  const { layers, hiddenSize, intermediateSize, heads, headDim, vocabSize } = config;
  const { firstTrainableBlock: from, trainable, lora } = selectTrainable(config, run);
  const shapes = decoderShapes(config);
  // looked up, not multiplied
  const isTable = (name: string): boolean => name === "model.embed_tokens.weight" && !config.tied;
  const matrices = Object.entries(shapes).filter(([name, { length }]) => length === 2 && !isTable(name));
  const above = matrices.filter(
    ([name]) => (name === "model.embed_tokens.weight" ? layers : blockOf(config, name)) >= from,
  );
  const learned: Readonly<Record<string, readonly number[]>> = lora ? { ...loraShapes(config, lora) } : shapes;
  const trained = trainable.map((name) => learned[name]!);
  const { unlabeled: stream } = run.data;
  const row = "streaming" in stream ? stream.tokens : run.unlabeledTokens;
  const counts = (list: readonly (readonly [string, readonly number[]])[]): number =>
    sum(list.map(([, shape]) => size(shape)));
  const attention = 4 * row * heads * headDim;
  const forward = 2 * counts(matrices) + layers * attention + (lora ? 2 * sum(trained.map(size)) : 0);
  const backward =
    2 * counts(above) +
    (layers - from) * 2 * attention +
    (lora ? 4 : 2) * sum(trained.filter(({ length }) => length === 2).map(size));
  const tokensPerStep = run.batchSize * run.gradientAccumulation * row;
  const tokens = run.steps * tokensPerStep;
  const parameters = sum(Object.values(shapes).map(size));
  const trainedCount = sum(trained.map(size));
  const { width, layers: designerLayers } = run.designer;
  const designerParameters =
    designerLayers * (16 * width ** 2 + 2 * width) + width * hiddenSize + 2 * width ** 2 + 3 * width + 1;
  const kept = 10 * hiddenSize + 4 * heads * headDim + 3 * intermediateSize + 2 * heads * row;
  const flops = tokens * (forward + backward);
  return {
    parameters,
    trained: trainedCount,
    adapters: lora !== undefined,
    designerParameters,
    tokensPerStep,
    tokens,
    flops,
    flopsWithValue: 1.189 * flops,
    bytes: {
      model: 4 * parameters,
      training: 12 * trainedCount + 16 * designerParameters,
      activations: 4 * run.batchSize * row * ((layers - from) * kept + 3 * vocabSize),
    },
  };
}
