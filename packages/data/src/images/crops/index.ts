export { createCropLoader } from "./crop-loader.js";
export type { CropLoader, CropLoaderOptions } from "./crop-loader.js";
export type { CropDraw, CropPlan } from "./crop-plan.js";
export { drawCrops } from "./draw-crops.js";
export type { CropOptions, CropPixels } from "./draw-crops.js";
export { imageDeviation, imageMean } from "./image-colours.js";
export { randomBox } from "./random-box.js";
