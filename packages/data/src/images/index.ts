export { resizeImage } from "./resize-image.js";
export { cropImage, resizeMap } from "./rgb-image.js";
export type { Box, PixelMap, RgbImage } from "./rgb-image.js";
export { renderScene, sceneClasses } from "./scenes/render-scene.js";
export type { Scene } from "./scenes/render-scene.js";
