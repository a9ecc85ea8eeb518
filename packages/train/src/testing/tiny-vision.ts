import type { VisionConfigInput } from "../vision/vision-config-input.js";

/** The smallest vision run with a meta step: two methods of four steps on rendered rooms. */
export const tinyVision: VisionConfigInput = {
  kind: "vision",
  methods: ["baseline", "value"],
  steps: 4,
  model: { hiddenSize: 16, layers: 2, heads: 2, registers: 1 },
  projectionHead: { hiddenSize: 16, bottleneckSize: 8, outputSize: 16 },
  pretrainSteps: 1,
  data: { rendered: true, unlabeled: 8, evaluatorHeads: 4, feedback: 8, linearProbe: 4, test: 4, unlabeledSize: 20 },
  crops: { globalSize: 16, localSize: 8, locals: 1 },
  batchSize: 2,
  value: { burnInSteps: 1, feedbackBatchSize: 4, alignedBlocks: 1 },
  designer: { baseChannels: 4, depth: 2 },
  evaluatorHeads: { initialUpdates: 2, batchSize: 2, minLossDrop: -9 },
  linearProbe: { steps: 4, batchSize: 2 },
  saveEvery: 2,
  loader: { workers: 0 }, // threads give the same crops (crop-loader.test.ts), but take their time to start
  backend: { compile: false, threads: 1 },
};
