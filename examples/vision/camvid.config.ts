// The same on CamVid's street scenes, segmentation only: images and 8-bit label maps in folders of the same names.
//   npx vpt train examples/vision/camvid.config.ts --out runs/camvid
import { defineVisionConfig } from "@vpt/train/vision";

export default defineVisionConfig({
  kind: "vision",
  methods: ["baseline", "value", "tilt", "random-mask"],
  data: {
    pairs: "../../../shared/data/camvid",
    classes: 11,
    evaluatorHeads: 110,
    feedback: 150,
    size: [96, 128],
    unlabeledSize: 96,
  },
  model: { hiddenSize: 96, layers: 6, heads: 3, patchSize: 8 },
  crops: { globalSize: 64, localSize: 32 },
  pretrainSteps: 300,
  steps: 100,
  value: {
    updateEvery: 1,
    preconditioner: "none",
    similarity: "cosine",
    teacherInput: "augmented",
    feedbackBatchSize: 16,
  },
  designer: {
    baseChannels: 8,
    depth: 2,
    learningRate: 1e-2,
    keepRatio: 0.5,
    keepRatioWeight: 0,
    blur: 40,
    tiltStrength: 3,
  },
  tasks: { segmentation: 1, depth: 0 },
});
