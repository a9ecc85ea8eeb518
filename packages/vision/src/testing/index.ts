export { readFloats } from "./read-floats.js";
export { scenes, tinyBatch, tinyConfig, tinyState } from "./tiny-vision.js";
