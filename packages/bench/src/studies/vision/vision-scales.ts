import { join } from "node:path";
import { visionConfigSchema, type VisionConfig, type VisionConfigInput } from "@vpt/train/vision";

/** The vision studies. */
export type VisionStudyName = "main-vision" | "pareto" | "transfer-vision";

/** Scales that run from one command. */
export const visionScales = ["tiny", "small"] as const;

const designer = {
  baseChannels: 8,
  depth: 2,
  learningRate: 1e-2,
  keepRatio: 0.5,
  keepRatioWeight: 0,
  blur: 40,
  tiltStrength: 3,
} as const;

/**
 * Rendered rooms. Each stream image has a watermark, which labelled images lack. The set-up was looked for on seeds
 * from 100 on, before the seeds that are reported: g_down needs hundreds of images (two pools of 512 agree with a
 * cosine of 0.96, of 64 and 48 with 0.2), and a designer needs more updates than the learner's motion leaves it at a
 * rate of 1e-3.
 */
const tiny: VisionConfigInput = {
  kind: "vision",
  methods: ["baseline", "value", "tilt", "random-direction", "random-tilt", "random-mask", "oracle"],
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
  steps: 240,
  learner: { learningRate: 3e-4, lrWarmupSteps: 80 },
  value: {
    updateEvery: 1,
    preconditioner: "none",
    similarity: "cosine",
    teacherInput: "augmented",
    metaBatchSize: 32,
    feedbackBatchSize: 64,
  },
  designer,
  evaluatorHeads: { batchSize: 32, updatesPerMetaStep: 2, initialUpdates: 150 },
  linearProbe: { steps: 200 },
  loader: { workers: 0 },
};

/** A larger model on rendered rooms, for what needs depth maps. */
const smallRooms: VisionConfigInput = {
  ...tiny,
  model: { hiddenSize: 96, layers: 6, heads: 3, patchSize: 8 },
  projectionHead: {},
  data: { rendered: true, watermark: 0.3, evaluatorHeads: 512, feedback: 512, unlabeledSize: 80 },
  crops: { globalSize: 64, localSize: 32 },
  pretrainSteps: 600,
  steps: 300,
};

/**
 * CamVid's streets, segmentation alone. Nothing was tried out here: what the tiny set-up taught, in the minutes there
 * are.
 */
const camvid = (): VisionConfigInput => ({
  kind: "vision",
  methods: ["baseline", "value", "tilt", "random-direction", "random-tilt", "random-mask"],
  data: {
    pairs: join(process.env["VPT_DATA"] ?? "../shared/data", "camvid"),
    classes: 11,
    evaluatorHeads: 110,
    feedback: 150,
    size: [96, 128],
    unlabeledSize: 96,
  },
  model: { hiddenSize: 96, layers: 6, heads: 3, patchSize: 8 },
  crops: { globalSize: 64, localSize: 32 },
  pretrainSteps: 100,
  steps: 40,
  value: {
    updateEvery: 1,
    preconditioner: "none",
    similarity: "cosine",
    teacherInput: "augmented",
    feedbackBatchSize: 16,
  },
  designer,
  evaluatorHeads: { batchSize: 16, updatesPerMetaStep: 2, initialUpdates: 100 },
  tasks: { segmentation: 1, depth: 0 },
});

/** The configuration of a study at a scale, with its changes. One process of a study has one thread. */
export function visionSettings(
  scale: string,
  name: VisionStudyName,
  changes: Partial<VisionConfigInput> = {},
): VisionConfig {
  const small = name === "main-vision" ? camvid() : smallRooms;
  return visionConfigSchema.parse({ ...(scale === "tiny" ? tiny : small), backend: { threads: 1 }, ...changes });
}

/** The paper's four selected runs, as configurations from the project's root (method 4.2). */
export const paperConfigs = ["ade20k-vitb", "ade20k-vitl", "nyuv2-vitb", "nyuv2-vitl"].map(
  (name) => `examples/vision/paper/${name}.config.ts`,
);
