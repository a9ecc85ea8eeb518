import { VptError } from "@vpt/core";
import { loraModules, type LoraConfig, type LoraModule } from "./lora-config.js";

/**
 * PEFT's `adapter_config.json` of an adapter.
 *
 * @param base Folder or id of the model it belongs to; PEFT finds the model by it when none is given.
 * @example
 * ```ts
 * adapterConfigJson({ rank: 8, alpha: 16 }, "Qwen/Qwen2.5-0.5B");
 * ```
 * @category lora
 */
export const adapterConfigJson = (lora: LoraConfig, base?: string): Readonly<Record<string, unknown>> => ({
  peft_type: "LORA",
  task_type: "CAUSAL_LM",
  base_model_name_or_path: base ?? null,
  r: lora.rank,
  lora_alpha: lora.alpha,
  lora_dropout: lora.dropout ?? 0,
  target_modules: [...(lora.modules ?? loraModules)],
  layers_to_transform: lora.blocks === undefined ? null : [...lora.blocks],
  bias: "none",
  fan_in_fan_out: false,
  inference_mode: true,
  init_lora_weights: true,
  use_dora: false,
  use_rslora: false,
});

/** Settings of PEFT that change the arithmetic of an adapter; none of them is supported. */
const changesArithmetic = [
  "use_dora",
  "use_qalora",
  "use_bdlora",
  "lora_bias",
  "fan_in_fan_out",
  "modules_to_save",
  "exclude_modules",
  "target_parameters",
  "layer_replication",
  "trainable_token_indices",
  "alora_invocation_tokens",
  "kasa_config",
  "velora_config",
  "monteclora_config",
  "arrow_config",
];

const refuse = (key: string, value: unknown, expected: string): never => {
  throw new VptError(`adapter_config.json: ${key} ${JSON.stringify(value)} is not supported; expected ${expected}.`);
};

const wholeNumbers = (value: unknown): readonly number[] | undefined => {
  if (value === null || value === undefined) return undefined;
  const list = Array.isArray(value) ? value : [value];
  return list.every((each) => Number.isInteger(each))
    ? (list as number[])
    : refuse("layers_to_transform", value, "whole numbers");
};

/**
 * Reads PEFT's `adapter_config.json`. What would change the arithmetic is refused, never ignored.
 *
 * @throws {VptError} For another method than LoRA, and for DoRA, rank patterns, trained biases, modules saved whole or
 *   transposed weights.
 * @example
 * ```ts
 * const lora = parseAdapterConfig(JSON.parse(await readFile("adapter/adapter_config.json", "utf8")));
 * ```
 * @see PEFT `LoraConfig`.
 * @category lora
 */
export const parseAdapterConfig = (json: unknown): LoraConfig => {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return refuse("the file", json, "an object");
  const given = json as Readonly<Record<string, unknown>>;
  if (given["peft_type"] !== "LORA") refuse("peft_type", given["peft_type"], '"LORA"');
  for (const key of changesArithmetic) if (given[key]) refuse(key, given[key], "false or absent");
  for (const key of ["rank_pattern", "alpha_pattern"])
    if (Object.keys(given[key] ?? {}).length > 0) refuse(key, given[key], "an empty object");
  if ((given["bias"] ?? "none") !== "none") refuse("bias", given["bias"], '"none"');
  const { r: rank, lora_alpha: alpha, target_modules: targets } = given;
  if (!Number.isInteger(rank) || (rank as number) < 1) refuse("r", rank, "a whole number above 0");
  if (typeof alpha !== "number" || !(alpha > 0)) return refuse("lora_alpha", alpha, "a number above 0");
  const modules = targets === "all-linear" ? loraModules : targets;
  if (!Array.isArray(modules) || modules.some((name) => !loraModules.includes(name as LoraModule)))
    return refuse("target_modules", targets, `some of ${loraModules.join(", ")}`);
  const dropout = given["lora_dropout"] ?? 0;
  if (typeof dropout !== "number" || !(dropout >= 0 && dropout < 1))
    return refuse("lora_dropout", dropout, "a share from 0 up, below 1");
  const blocks = wholeNumbers(given["layers_to_transform"]);
  const stabilised = given["use_rslora"] ? Math.sqrt(rank as number) : 1; // α/√r in place of α/r
  return {
    rank: rank as number,
    alpha: alpha * stabilised,
    modules: modules as LoraModule[],
    ...(blocks && { blocks }),
    ...(dropout > 0 && { dropout }),
  };
};
