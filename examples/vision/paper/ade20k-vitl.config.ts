// ADE20K, ViT-L: row 2 of method 4.2. Paper: mIoU 51.33 → 52.40.
//   VPT_DATA=/data npx vpt train examples/vision/paper/ade20k-vitl.config.ts --out runs/ade20k-vitl
import { defineVisionConfig } from "@vpt/train/vision";
import { ade20k, common, learner, unet, value } from "./common.js";

export default defineVisionConfig({
  ...common,
  model: "facebook/dinov3-vitl16-pretrain-lvd1689m",
  data: ade20k,
  batchSize: 50,
  learner: { ...learner, learningRate: 4.5e-5 },
  value: { ...value, updateEvery: 4, metaBatchSize: 16, alignedBlocks: 4 },
  designer: { ...unet, learningRate: 2.17e-4, keepRatio: 0.5, keepRatioWeight: 0.196, smoothnessWeight: 0.0399 },
  tasks: { segmentation: 4, depth: 1 },
});
