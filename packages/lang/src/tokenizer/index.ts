export { createTokenizer } from "./create-tokenizer.js";
export type { Tokenizer } from "./create-tokenizer.js";
export { tokenizerFiles } from "./tokenizer-files.js";
export { promptIds } from "./prompt-ids.js";
