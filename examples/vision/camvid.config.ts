// The same on CamVid's street scenes, segmentation only: images and 8-bit label maps in folders of the same names.
//   npx vpt train examples/vision/camvid.config.ts --out runs/camvid
import { defineVisionConfig } from "@vpt/train/vision";

export default defineVisionConfig({
  kind: "vision",
  arms: ["baseline", "value", "tilt", "random-mask"],
  data: { pairs: "../shared/data/camvid", classes: 11, heads: 110, feedback: 150, size: [96, 128], streamSize: 96 },
  model: { hiddenSize: 96, layers: 6, heads: 3, patchSize: 8 },
  crops: { globalSize: 64, localSize: 32 },
  warmup: { steps: 300 },
  steps: 100,
  value: { period: 1, align: "cosine", teacherSees: "base", feedbackBatchSize: 16 },
  designer: { base: 8, depth: 2, learningRate: 1e-2, keep: 0.5, sparsity: 0, blur: 40, strength: 3 },
  tasks: { segmentation: 1, depth: 0 },
});
