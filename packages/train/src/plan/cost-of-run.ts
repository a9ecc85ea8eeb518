import { decoderShapes, loraShapes, type DecoderConfig } from "@vpt/lang";
import type { RunConfig } from "../language/config.js";
import { selectTrainable } from "../language/select-trainable.js";
import { learnerFlops } from "./learner-flops.js";

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
 * Operations as {@link learnerFlops} counts them. Memory, float32: the model; gradient and two moments of what trains,
 * with the designer's own four copies; what the backward pass of a micro-batch keeps: about `10D + 4HC + 3I + 2HT`
 * numbers a token of each block that it goes through, and three tables of logits.
 */
export function costOfRun(config: DecoderConfig, run: RunConfig): RunCost {
  const { layers, hiddenSize, intermediateSize, heads, headDim, vocabSize } = config;
  const { firstTrainableBlock: from, trainable, lora } = selectTrainable(config, run);
  const shapes = decoderShapes(config);
  const learned: Readonly<Record<string, readonly number[]>> = lora ? { ...loraShapes(config, lora) } : shapes;
  const trained = trainable.map((name) => learned[name]!);
  const { unlabeled: stream } = run.data;
  const row = "streaming" in stream ? stream.tokens : run.unlabeledTokens;
  const { forward, backward } = learnerFlops(config, { row, from, trained, adapters: lora !== undefined });
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
