export { cacheFolder } from "./cache-folder.js";
export { resolveDataset } from "./resolve-dataset.js";
export type { ResolveDatasetOptions } from "./resolve-dataset.js";
export { resolveModel } from "./resolve-model.js";
export type { ResolveModelOptions } from "./resolve-model.js";
