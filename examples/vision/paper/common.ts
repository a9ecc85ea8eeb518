// What the paper's four selected vision runs share (arXiv 2601.22108v1 A.2, v2 G; the table is method 4.2). Data under
// $VPT_DATA.
import { join } from "node:path";
import type { VisionConfigInput } from "@vpt/train/vision";

const data = process.env["VPT_DATA"] ?? "data";

/** ImageNet's training images, without labels: the stream. */
const stream: string = join(data, "imagenet/train");

/** ADE20K, 150 classes: 2,000 images train heads, 512 are feedback. */
export const ade20k: NonNullable<VisionConfigInput["data"]> = {
  pairs: join(data, "ade20k"),
  splits: ["training", "validation"],
  classes: 150,
  zeroIsVoid: true,
  evaluatorHeads: 2000,
  feedback: 512,
  size: [512, 512],
  unlabeled: stream,
};

/**
 * NYUv2: 512 images train heads, 128 are feedback. The paper weighs segmentation too and does not say by which labels:
 * Gupta's 40 classes are our reading.
 */
export const nyuv2: NonNullable<VisionConfigInput["data"]> = {
  nyuv2: join(data, "nyu_depth_v2_labeled.mat"),
  splits: join(data, "splits.mat"),
  mapping: join(data, "classMapping40.mat"),
  evaluatorHeads: 512,
  feedback: 128,
  size: [480, 640],
  unlabeled: stream,
};

/** 20,000 steps in bf16, AdamW, DINO with 8,192 outputs, two crops of 224 and six of 96, masks on the global ones. */
export const common = {
  kind: "vision",
  methods: ["baseline", "value", "random-direction", "random-mask"],
  steps: 20_000,
  pretrainSteps: 0,
  projectionHead: { hiddenSize: 2048, bottleneckSize: 256, outputSize: 8192 },
  crops: { globalSize: 224, localSize: 96, locals: 6 },
  loader: { workers: 8 },
  linearProbe: { steps: 20_000, learningRate: 5e-4, batchSize: 8 },
  saveEvery: 1000,
  backend: { device: "cuda", precision: "bf16" },
} satisfies VisionConfigInput;

/** Learner and value settings that all four have. */
export const learner = { weightDecay: 0.04, clipNorm: 1, lrWarmupSteps: 1000, teacherBase: 0.996 } as const;
export const value = { burnInSteps: 1000, teacherInput: "masked" } as const;
/** The U-Net and the transformer (SiT) of G.1, and the blur that we chose. */
export const unet = { kind: "unet", baseChannels: 16, depth: 3, blur: 8 } as const;
export const sit = { kind: "sit", width: 192, layers: 4, patchSize: 16, blur: 8 } as const;
