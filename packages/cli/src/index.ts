export { defineConfig } from "./config/run-config.js";
export type { RunConfigInput } from "./config/run-config.js";
export { defineVisionConfig } from "./vision/vision-config.js";
export type { VisionConfigInput } from "./vision/vision-config.js";
