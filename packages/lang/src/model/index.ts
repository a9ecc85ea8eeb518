export { parseDecoderConfig } from "./decoder-config.js";
export type { DecoderConfig } from "./decoder-config.js";
export { decoderConfigJson } from "./decoder-config-json.js";
export { checkDecoderParams, decoderNames, decoderShapes } from "./decoder-shapes.js";
export { decoderLogits, embedTokens, finalNorm, headName, runBlocks, unembed } from "./decoder.js";
export { initDecoder } from "./init-decoder.js";
export { blockOf, tailNames } from "./tail-names.js";
export type { KeyValues } from "./decoder-block.js";
export type { LanguageModel } from "./language-model.js";
