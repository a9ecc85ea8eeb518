import type { SharedConfig } from "./shared-config.js";

/**
 * A configuration as `config.json` saves it: with the workload's kind, so that `vpt probe`, `export` and `report` know
 * who wrote it, and with a method of the user's own by its name, since functions cannot be saved.
 */
export const serializableConfig = (config: Pick<SharedConfig, "methods">, kind: string): Record<string, unknown> => {
  const methods = config.methods.map((method) => (typeof method === "string" ? method : { name: method.name }));
  return JSON.parse(JSON.stringify({ kind, ...config, methods }, byName)) as Record<string, unknown>;
};

const byName = (_: string, value: unknown): unknown =>
  typeof value === "function" ? `[function ${value.name || "anonymous"}]` : value;
