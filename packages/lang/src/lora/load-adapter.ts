import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ShapeMismatchError, VptError, type Params } from "@vpt/core";
import { readCheckpoint } from "@vpt/weights";
import type { DecoderConfig } from "../model/index.js";
import { parseAdapterConfig } from "./adapter-config.js";
import { loraShapes, type LoraConfig } from "./lora-config.js";

/**
 * Reads an adapter that PEFT or {@link saveAdapter} wrote.
 *
 * @param config Of the model it belongs to.
 * @returns Its configuration and its tensors, which the caller owns: `{ ...model.params, ...params }` under
 *   `withLora(config, lora)`.
 * @throws {VptError} When the folder lacks a file, the adapter is of another kind, or it belongs to another model.
 * @example
 * ```ts
 * const { lora, params } = await loadAdapter("adapter", model.config);
 * const adapted = { ...model, config: withLora(model.config, lora), params: { ...model.params, ...params } };
 * const [answer] = await generate(adapted, ["2 + 2 = "], { maxNewTokens: 4 });
 * ```
 * @category lora
 */
export const loadAdapter = async (
  folder: string,
  config: DecoderConfig,
): Promise<{ readonly lora: LoraConfig; readonly params: Params }> => {
  const lora = parseAdapterConfig(await readJson(join(folder, "adapter_config.json")));
  const shapes = loraShapes(config, lora);
  const file = await readCheckpoint(join(folder, "adapter_model.safetensors"));
  try {
    const foreign = file.names().find((name) => shapes[name] === undefined);
    if (foreign !== undefined)
      throw new VptError(`${file.path}: holds "${foreign}", which is no adapter of this model and configuration.`);
    for (const [name, shape] of Object.entries(shapes)) {
      const received = file.shape(name);
      if (received.join() !== shape.join())
        throw new ShapeMismatchError({ operand: name, expected: `[${shape.join(", ")}]`, received });
    }
    return { lora, params: await file.params() };
  } finally {
    await file.close();
  }
};

const readJson = async (path: string): Promise<unknown> => {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new VptError(`${path}: cannot be read (${error.code}); expected the folder of a PEFT adapter.`);
  });
  try {
    return JSON.parse(text);
  } catch {
    throw new VptError(`${path}: is not JSON.`);
  }
};
