export { depthCrop } from "./depth-crop.js";
export { segmentationCrop } from "./segmentation-crop.js";
export type { DenseCrop } from "./dense-crop.js";
