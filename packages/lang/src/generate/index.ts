export { forwardWithKvCache } from "./forward-with-kv-cache.js";
export type { KeyValueCache } from "./forward-with-kv-cache.js";
export { generate } from "./generate.js";
export type { GenerateOptions, Generation } from "./generate.js";
export { sampleToken } from "./sample-token.js";
export type { Sampling } from "./sample-token.js";
