// ADE20K, ViT-B: row 1 of method 4.2. Paper: mIoU 48.82 → 49.60.
//   VPT_DATA=/data npx vpt train examples/vision/paper/ade20k-vitb.config.ts --out runs/ade20k-vitb
import { defineVisionConfig } from "@vpt/train/vision";
import { ade20k, common, learner, unet, value } from "./common.js";

export default defineVisionConfig({
  ...common,
  model: "facebook/dinov3-vitb16-pretrain-lvd1689m",
  data: ade20k,
  batchSize: 256,
  learner: { ...learner, learningRate: 4.15e-6 },
  value: { ...value, updateEvery: 4, metaBatchSize: 32, alignedBlocks: 2 },
  designer: { ...unet, learningRate: 1.54e-4, keepRatio: 0.6, keepRatioWeight: 0.131, smoothnessWeight: 0.144 },
  tasks: { segmentation: 1, depth: 8 },
});
