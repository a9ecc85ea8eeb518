import { VptError } from "@vpt/core";
import { blockOf, decoderShapes, type DecoderConfig } from "../model/index.js";
import { adapterNames } from "../model/adapter-names.js";

/** The projections of a block that can carry an adapter. */
export const loraModules = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"] as const;
/** One of {@link loraModules}. */
export type LoraModule = (typeof loraModules)[number];

/** Which weights carry adapters, and of what size. */
export interface LoraConfig {
  /** r, the rank. */
  readonly rank: number;
  /** α; an adapter counts `α/r`. */
  readonly alpha: number;
  /** Default: all seven. */
  readonly modules?: readonly LoraModule[];
  /** Indices of the blocks; default all. */
  readonly blocks?: readonly number[];
  /** Share of an adapter's input that is dropped on batches with keys ({@link withDropoutKeys}); default 0. */
  readonly dropout?: number;
}

/**
 * Shapes of all adapters by PEFT's names: `A [r, in]`, `B [out, r]`.
 *
 * @throws {VptError} When rank, alpha, a module or a block is none there is.
 * @example
 * ```ts
 * Object.keys(loraShapes(config, { rank: 8, alpha: 16 })).length; // 14 a block
 * ```
 * @category lora
 */
export const loraShapes = (config: DecoderConfig, lora: LoraConfig): Readonly<Record<string, [number, number]>> => {
  const { rank, alpha, modules = loraModules, blocks, dropout = 0 } = lora;
  if (!Number.isInteger(rank) || rank < 1) throw new VptError(`lora: rank ${rank}; expected a whole number above 0.`);
  if (!(alpha > 0)) throw new VptError(`lora: alpha ${alpha}; expected a number above 0.`);
  if (!(dropout >= 0 && dropout < 1))
    throw new VptError(`lora: dropout ${dropout}; expected a share from 0 up, below 1.`);
  const unknown = modules.find((name) => !loraModules.includes(name));
  if (unknown !== undefined || modules.length === 0)
    throw new VptError(`lora: module ${JSON.stringify(unknown)}; expected some of ${loraModules.join(", ")}.`);
  const beyond = blocks?.find((block) => !Number.isInteger(block) || block < 0 || block >= config.layers);
  if (beyond !== undefined)
    throw new VptError(`lora: block ${beyond}; the model has blocks 0 to ${config.layers - 1}.`);
  const isAdapted = (name: string): boolean =>
    modules.some((module) => name.endsWith(`.${module}.weight`)) &&
    (blocks === undefined || blocks.includes(blockOf(config, name)));
  return Object.fromEntries(
    Object.entries(decoderShapes(config))
      .filter(([name]) => isAdapted(name))
      .flatMap(([name, [out, width]]) => {
        const [a, b] = adapterNames(name);
        return [[a, [rank, width!]] as const, [b, [out!, rank]] as const];
      }),
  ) as Record<string, [number, number]>;
};

/**
 * The decoder with adapters among its parameters: give it to `causalLearner`, `lmFeedback`, `generate` and all else in
 * place of `config`.
 *
 * @example
 * ```ts
 * const learner = causalLearner(withLora(model.config, lora));
 * ```
 * @category lora
 */
export const withLora = (config: DecoderConfig, { alpha, rank, dropout = 0 }: LoraConfig): DecoderConfig => ({
  ...config,
  loraScale: alpha / rank,
  ...(dropout > 0 && { loraDropout: dropout }),
});
