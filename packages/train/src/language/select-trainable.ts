import { VptError } from "@vpt/core";
import { blockOf, decoderNames, loraShapes, lastBlockParameters, type DecoderConfig, type LoraConfig } from "@vpt/lang";
import type { RunConfig } from "./config.js";

/** Which parameters of a model a run moves. */
export interface TrainableSelection {
  /** The first block that trains: those below run once over every row. 0 when all train. */
  readonly firstTrainableBlock: number;
  /** Names of the parameters that train. */
  readonly trainable: readonly string[];
  /** Of those, the ones that the value is taken over. */
  readonly subset: readonly string[];
  /** The adapters, when they train in place of the weights. */
  readonly lora?: LoraConfig;
}

/**
 * The parameters that `trainableBlocks`, `learner.lora` and `value.alignedBlocks` of a configuration name.
 *
 * @throws {VptError} When the model has fewer blocks, or more are aligned than train.
 */
export function selectTrainable(
  config: DecoderConfig,
  { model, trainableBlocks, learner, value }: Pick<RunConfig, "model" | "trainableBlocks" | "learner" | "value">,
): TrainableSelection {
  const { layers } = config;
  const blocks = trainableBlocks === "all" ? layers : trainableBlocks;
  if (blocks > layers) throw new VptError(`"trainableBlocks": ${model} has ${layers} blocks, received ${blocks}`);
  const from = layers - blocks;
  const aligned = value.alignedBlocks ?? (trainableBlocks === "all" ? Math.min(2, layers) : blocks);
  if (aligned > blocks) throw new VptError(`"value.alignedBlocks": ${blocks} blocks train, received ${aligned}`);
  const lora = learner.lora && loraOf(learner.lora, from, layers);
  const weights = trainableBlocks === "all" ? decoderNames(config) : lastBlockParameters(config, blocks);
  const trainable = lora ? Object.keys(loraShapes(config, lora)) : weights;
  // Neither embedding nor head is of a block: the paper aligns blocks and the final norm
  const isAligned = (name: string): boolean =>
    !/(embed_tokens|lm_head)\.weight$/.test(name) && blockOf(config, name) >= layers - aligned;
  return { firstTrainableBlock: from, trainable, subset: trainable.filter(isAligned), ...(lora && { lora }) };
}

const loraOf = (
  { rank, alpha, modules, dropout }: NonNullable<RunConfig["learner"]["lora"]>,
  from: number,
  layers: number,
): LoraConfig => ({
  rank,
  alpha,
  dropout,
  ...(modules && { modules }),
  blocks: Array.from({ length: layers - from }, (_, i) => from + i),
});
