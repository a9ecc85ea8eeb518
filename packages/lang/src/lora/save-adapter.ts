import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pick, type Params } from "@vpt/core";
import { writeSafetensors } from "@vpt/weights";
import type { DecoderConfig } from "../model/index.js";
import { adapterConfigJson } from "./adapter-config.js";
import { loraShapes, type LoraConfig } from "./lora-config.js";

/**
 * Writes adapters as PEFT loads them: `adapter_model.safetensors`, then `adapter_config.json`.
 *
 * @param options Its `params` may hold more than the adapters, and are left alone.
 * @throws {VptError} When an adapter that `lora` names is not there.
 * @example
 * ```ts
 * import { saveAdapter } from "@vpt/lang";
 * await saveAdapter("runs/a/adapter", { config, lora, params: state.params, base: "Qwen/Qwen2.5-0.5B" });
 * ```
 * In Python: `PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), "runs/a/adapter")`.
 * @category lora
 */
export const saveAdapter = async (
  folder: string,
  options: {
    readonly config: DecoderConfig;
    readonly lora: LoraConfig;
    readonly params: Params;
    /** Folder or id of the model that the adapter belongs to. */
    readonly base?: string;
  },
): Promise<void> => {
  const { config, lora, params, base } = options;
  const adapter = pick(params, Object.keys(loraShapes(config, lora)), "saveAdapter: adapter");
  await mkdir(folder, { recursive: true });
  await writeSafetensors(join(folder, "adapter_model.safetensors"), adapter);
  const json = JSON.stringify(adapterConfigJson(lora, base), null, 2);
  await writeFile(join(folder, "adapter_config.json"), `${json}\n`);
};
