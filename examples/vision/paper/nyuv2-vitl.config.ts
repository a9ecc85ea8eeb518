// NYUv2, ViT-L: row 4 of method 4.2. Paper: depth RMSE 0.5752 → 0.5522 m.
//   VPT_DATA=/data npx vpt train examples/vision/paper/nyuv2-vitl.config.ts --out runs/nyuv2-vitl
import { defineVisionConfig } from "@vpt/train/vision";
import { common, learner, nyuv2, unet, value } from "./common.js";

export default defineVisionConfig({
  ...common,
  model: "facebook/dinov3-vitl16-pretrain-lvd1689m",
  data: nyuv2,
  batchSize: 50,
  learner: { ...learner, learningRate: 1.94e-6 },
  value: { ...value, updateEvery: 2, metaBatchSize: 32, alignedBlocks: 4 },
  designer: { ...unet, learningRate: 8.03e-4, keepRatio: 0.4, keepRatioWeight: 0.401, smoothnessWeight: 0.159 },
  tasks: { segmentation: 32, depth: 16 },
  linearProbe: { ...common.linearProbe, learningRate: 1e-3 },
});
