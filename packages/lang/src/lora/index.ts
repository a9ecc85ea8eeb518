export { adapterConfigJson, parseAdapterConfig } from "./adapter-config.js";
export { initAdapter } from "./init-adapter.js";
export { loadAdapter } from "./load-adapter.js";
export { loraModules, loraShapes, withLora } from "./lora-config.js";
export type { LoraConfig, LoraModule } from "./lora-config.js";
export { mergeAdapter } from "./merge-adapter.js";
export { saveAdapter } from "./save-adapter.js";
export { withDropoutKeys } from "./with-dropout-keys.js";
