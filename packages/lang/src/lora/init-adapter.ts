import { randomFromSeed, type Params } from "@vpt/core";
import { initLora } from "@vpt/nn";
import type { DecoderConfig } from "../model/index.js";
import { loraShapes, type LoraConfig } from "./lora-config.js";

/**
 * Fresh adapters of a decoder: `A ~ U(−1/√in, 1/√in)`, `B = 0`, so that the model is as it was. Each has a random
 * stream of its own. Train them with the base frozen: `createTrainState({ params: { ...base, ...adapter }, trainable:
 * Object.keys(adapter), … })`.
 *
 * With `lora.dropout`, give batches keys: {@link withDropoutKeys}.
 *
 * @returns Tensors by PEFT's names, owned by the caller.
 * @example
 * ```ts
 * const lora = { rank: 8, alpha: 16 };
 * const adapter = initAdapter(model.config, lora, 0);
 * const learner = causalLearner(withLora(model.config, lora));
 * ```
 * @see arXiv 2106.09685, section 4.1; PEFT `LoraLayer.reset_lora_parameters`.
 * @category lora
 */
export const initAdapter = (config: DecoderConfig, lora: LoraConfig, seed: number): Params => {
  const shapes = loraShapes(config, lora);
  const adapter: Record<string, Params[string]> = {};
  for (const [name, [, width]] of Object.entries(shapes)) {
    if (!name.endsWith(".lora_A.weight")) continue;
    const nameOfB = name.replace(/lora_A\.weight$/, "lora_B.weight");
    const { uniform } = randomFromSeed(seed, name);
    const { a, b } = initLora([shapes[nameOfB]![0], width], { rank: lora.rank, uniform });
    adapter[name] = a;
    adapter[nameOfB] = b;
  }
  return adapter;
};
