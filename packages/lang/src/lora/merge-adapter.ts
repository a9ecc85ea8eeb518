import type * as tf from "@tensorflow/tfjs";
import type { Params } from "@vpt/core";
import { mergeLora } from "@vpt/nn";
import { adapterNames } from "../model/adapter-names.js";
import type { DecoderConfig } from "../model/index.js";
import { type LoraConfig, loraShapes } from "./lora-config.js";

/**
 * A decoder's parameters with the adapters folded in, `W' = W + (α/r) B A`: an ordinary model, with ordinary names.
 *
 * @param params Base and adapters together; left alone.
 * @returns New tensors (clones where nothing changed), owned by the caller.
 * @example
 * ```ts
 * const params = mergeAdapter(model.config, lora, { ...model.params, ...adapter });
 * await saveLanguageModel("runs/a/model", { ...model, params });
 * ```
 * @category lora
 */
export const mergeAdapter = (config: DecoderConfig, lora: LoraConfig, params: Params): Params => {
  const adapters = new Set(Object.keys(loraShapes(config, lora)));
  const scale = lora.alpha / lora.rank;
  const merged = (name: string, weight: tf.Tensor): tf.Tensor => {
    const [a, b] = adapterNames(name).map((each) => params[each] as tf.Tensor2D | undefined);
    return a && b ? mergeLora(weight as tf.Tensor2D, { a, b, scale }) : weight.clone();
  };
  return Object.fromEntries(
    Object.entries(params)
      .filter(([name]) => !adapters.has(name))
      .map(([name, weight]) => [name, merged(name, weight)]),
  );
};
