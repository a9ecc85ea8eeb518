export { initViT } from "./init-vit.js";
export { loadViT } from "./load-vit.js";
export type { ViT } from "./load-vit.js";
export { saveViT } from "./save-vit.js";
export type { SaveViTOptions } from "./save-vit.js";
export { lastViTBlockParameters } from "./last-block-parameters.js";
export {
  embedImages,
  gridOf,
  prefixTokens,
  runViTBlocks,
  splitTokens,
  vitFeatures,
  vitNorm,
  vitRotary,
  vitTokens,
} from "./vit.js";
export type { ViTPass } from "./vit.js";
export { dinov3Config, parseViTConfig } from "./vit-config.js";
export type { ViTConfig } from "./vit-config.js";
export { checkViTParams, vitShapes } from "./vit-shapes.js";
export { vitExtractor } from "./vit-extractor.js";
export type { ViTExtractorOptions } from "./vit-extractor.js";
