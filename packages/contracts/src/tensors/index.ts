export { assertSameStructure, clipByGlobalNorm, globalNorm, innerProduct, mapParams, pick } from "../params.js";
export { settled } from "../settled.js";
