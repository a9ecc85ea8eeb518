export { cachedLogits } from "./cached-logits.js";
export type { KeyValueCache } from "./cached-logits.js";
export { generate } from "./generate.js";
export type { GenerateOptions, Generation } from "./generate.js";
export { sampleToken } from "./sample-token.js";
export type { Sampling } from "./sample-token.js";
