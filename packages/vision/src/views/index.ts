export { imagenetView, retrievalView } from "./evaluation-views.js";
export { cropBatch, multiCrop } from "./multi-crop.js";
export type { MultiCropOptions } from "./multi-crop.js";
export { normalizeImages } from "./normalize-images.js";
