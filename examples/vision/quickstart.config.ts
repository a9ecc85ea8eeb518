// Continued DINO pretraining of a small ViT on rendered rooms, with and without learned masks: two or three minutes on
// two cores.
//   npx vpt train examples/vision/quickstart.config.ts --out runs/vision
// Each stream image carries a fine pattern of its own over part of it: it tells images apart, which is all that DINO
// asks, and says nothing about rooms. Labelled images carry none. `value` is a U-Net of masks, `tilt` the closed-form
// mask: the value's own gradient at each pixel. One seed shows that it runs; `vpt repro main-vision` says what holds.
import { defineVisionConfig } from "@vpt/train/vision";

export default defineVisionConfig({
  kind: "vision",
  methods: ["baseline", "random-mask", "value", "tilt"],
  model: { hiddenSize: 32, layers: 2, heads: 2, patchSize: 8, registers: 0, initializerRange: 0.3 },
  projectionHead: { hiddenSize: 64, bottleneckSize: 32, outputSize: 64 },
  data: {
    rendered: true,
    watermark: 0.3,
    unlabeled: 192,
    evaluatorHeads: 512,
    feedback: 512,
    linearProbe: 96,
    test: 96,
    unlabeledSize: 40,
  },
  crops: { globalSize: 32, localSize: 16, locals: 2, photometric: false },
  pretrainSteps: 100,
  steps: 150,
  learner: { learningRate: 3e-4, lrWarmupSteps: 40 },
  value: {
    updateEvery: 1,
    preconditioner: "none",
    similarity: "cosine",
    teacherInput: "augmented",
    metaBatchSize: 32,
    feedbackBatchSize: 64,
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
  evaluatorHeads: { batchSize: 32, updatesPerMetaStep: 2, initialUpdates: 150 },
  linearProbe: { steps: 200 },
});
