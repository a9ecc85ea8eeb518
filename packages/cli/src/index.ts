export { defineConfig } from "@vpt/train/language";
export type { RunConfigInput } from "@vpt/train/language";
export { defineVisionConfig } from "@vpt/train/vision";
export type { VisionConfigInput } from "@vpt/train/vision";
