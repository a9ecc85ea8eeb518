import { type Params, VptError } from "@vpt/core";
import { writeCheckpoint } from "@vpt/weights";
import { checkDecoderParams, decoderConfigJson, decoderNames, type LanguageModel } from "../model/index.js";

/** How a model is written. */
export interface SaveLanguageModelOptions {
  /** `bf16` halves the file and rounds. Default `f32`. */
  readonly dtype?: "f32" | "bf16";
  /** Replace a checkpoint that is there. Default: that is an error. */
  readonly replace?: boolean;
}

/**
 * Writes a model in Hugging Face's layout: `config.json`, `model.safetensors`, and the tokenizer's files. Python's
 * transformers loads it, and so does `loadLanguageModel`. Atomic: all of it or nothing.
 *
 * @param model Left alone. Adapters are merged first (`mergeAdapter`) or saved beside it (`saveAdapter`).
 * @throws {VptError} When the parameters are not the config's, hold adapters, or something is at `folder` already.
 * @example
 * ```ts
 * await saveLanguageModel("runs/a/model", model, { dtype: "bf16" });
 * ```
 * @category model
 */
export const saveLanguageModel = async (
  folder: string,
  { config, params, tokenizer }: LanguageModel,
  options: SaveLanguageModelOptions = {},
): Promise<void> => {
  checkDecoderParams(config, params);
  const adapter = Object.keys(params).find((name) => name.includes(".lora_"));
  if (adapter !== undefined)
    throw new VptError(`saveLanguageModel: "${adapter}" is an adapter; merge it (mergeAdapter) or save it apart.`);
  const own: Params = Object.fromEntries(decoderNames(config).map((name) => [name, params[name]!]));
  await writeCheckpoint(folder, {
    config: decoderConfigJson(config),
    params: own,
    tokenizer: tokenizer.files ?? null,
    ...options,
  });
};
