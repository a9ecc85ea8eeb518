// NYUv2, ViT-B: row 3 of method 4.2. Paper: depth RMSE 0.5888 → 0.5697 m.
//   VPT_DATA=/data npx vpt train examples/vision/paper/nyuv2-vitb.config.ts --out runs/nyuv2-vitb
import { defineVisionConfig } from "@vpt/train/vision";
import { common, learner, nyuv2, sit, value } from "./common.js";

export default defineVisionConfig({
  ...common,
  model: "facebook/dinov3-vitb16-pretrain-lvd1689m",
  data: nyuv2,
  batchSize: 256,
  learner: { ...learner, learningRate: 8.58e-6 },
  value: { ...value, updateEvery: 8, metaBatchSize: 64, alignedBlocks: 3 },
  designer: { ...sit, learningRate: 2.21e-4, keepRatio: 0.4, keepRatioWeight: 0.111, smoothnessWeight: 0.0417 },
  tasks: { segmentation: 16, depth: 2 },
  linearProbe: { ...common.linearProbe, learningRate: 1e-3 },
});
