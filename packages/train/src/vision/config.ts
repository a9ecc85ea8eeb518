import { valueDefaults } from "@vpt/core";
import { z } from "zod";
import { methodsSchema, sharedConfigShape } from "../config/shared-config.js";

const count = z.int().positive();
const share = z.number().min(0).max(1);

const streamFolder = z
  .string()
  .meta({ path: true })
  .optional()
  .describe(
    "unlabelled images: a folder of images or .tar shards; by default the training images, without their labels",
  );

/** Images with label maps or depth maps: rendered here, pairs of folders such as CamVid's, or NYUv2. */
const data = z.union([
  z.strictObject({
    rendered: z.literal(true).describe("rooms with solids, rendered in the project: image, labels, depth"),
    unlabeled: count.default(768).describe("unlabelled images"),
    evaluatorHeads: count.default(64).describe("labelled images that evaluator heads train on"),
    feedback: count.default(64).describe("labelled images that only the value sees"),
    linearProbe: count.default(96).describe("labelled images that the final probe trains on"),
    test: count.default(128).describe("labelled images that are scored"),
    unlabeledSize: count.default(48).describe("side of a stream image"),
    watermark: share
      .default(0)
      .describe("strength of a fine pattern over part of each stream image, its own: a shortcut that a mask can close"),
    seed: z.int().default(0),
  }),
  z.strictObject({
    pairs: z
      .string()
      .meta({ path: true })
      .describe("a folder with images/{train,val} and annotations/{train,val} of the same names"),
    splits: z.tuple([z.string(), z.string()]).default(["train", "val"]).describe("the folders' names: training, test"),
    classes: count.default(11),
    zeroIsVoid: z.boolean().default(false).describe("label 0 is no class and 1 is the first, as in ADE20K"),
    evaluatorHeads: count.default(96),
    feedback: count.default(96),
    size: z.tuple([count, count]).default([96, 128]).describe("height and width of labelled images"),
    unlabeledSize: count.default(144).describe("short side of a stream image"),
    limit: count.optional().describe("images of each split"),
    unlabeled: streamFolder,
    seed: z.int().default(0),
  }),
  z.strictObject({
    nyuv2: z.string().meta({ path: true }).describe("nyu_depth_v2_labeled.mat"),
    splits: z
      .string()
      .meta({ path: true })
      .describe("splits.mat of the official split, or JSON { trainNdxs, testNdxs } that counts from 1"),
    depthField: z.enum(["rawDepths", "depths"]).default("rawDepths").describe("with holes, or filled"),
    mapping: z
      .string()
      .meta({ path: true })
      .optional()
      .describe("classMapping40.mat: label maps of 40 classes beside the depths; by default depth alone"),
    evaluatorHeads: count.default(512),
    feedback: count.default(128),
    size: z.tuple([count, count]).default([480, 640]).describe("height and width of labelled images"),
    unlabeledSize: count.default(480).describe("short side of a stream image"),
    unlabeled: streamFolder,
    seed: z.int().default(0),
  }),
]);

/**
 * The methods a vision run can take; all see the same start, images and crops, but for `oracle`: the baseline on the
 * stream without its watermark. `tilt` is the closed-form mask; `random-…` take a random direction for g_down, or
 * random masks.
 */
export const visionMethods = [
  "baseline",
  "value",
  "tilt",
  "random-direction",
  "random-tilt",
  "random-mask",
  "oracle",
] as const;
/** One of {@link visionMethods}. */
export type VisionMethod = (typeof visionMethods)[number];

/** The schema of a vision run; every default is a working one at tiny scale. */
export const visionConfigSchema = z.strictObject({
  kind: z.literal("vision"),
  model: z
    .union([
      z.string().meta({ path: "existing" }).describe("a folder or a Hugging Face id of a DINOv3 or DINOv2 ViT"),
      z.strictObject({
        hiddenSize: count.default(64),
        layers: count.default(4),
        heads: count.default(2),
        patchSize: count.default(4),
        registers: z.int().min(0).default(2),
        initializerRange: z
          .number()
          .positive()
          .default(0.1)
          .describe("deviation of fresh weights; a small model needs more than 0.02 to tell images apart at the start"),
      }),
    ])
    .prefault({}),
  projectionHead: z
    .strictObject({ hiddenSize: count.default(128), bottleneckSize: count.default(32), outputSize: count.default(256) })
    .prefault({}),
  ...sharedConfigShape,
  startSeed: z.int().default(0).describe("seed of the fresh model and its pretraining: one start for all seeds"),
  pretrainSteps: z
    .int()
    .min(0)
    .default(150)
    .describe("steps of plain DINO before the methods, which all start from the result"),
  pretrainLearningRate: z.number().positive().default(1e-3).describe("learning rate of those steps"),
  methods: methodsSchema(visionMethods).default(["baseline", "value", "random-direction", "random-mask"]),
  data: data.prefault({ rendered: true }),
  batchSize: count.default(16),
  crops: z
    .strictObject({
      globalSize: count.default(32),
      localSize: count.default(16),
      locals: z.int().min(0).default(4),
      photometric: z.boolean().default(true),
      ropeAugmentation: z.boolean().default(true).describe("DINOv3's train-time change of patch coordinates"),
    })
    .prefault({}),
  loader: z
    .strictObject({
      workers: z
        .int()
        .min(0)
        .default(1)
        .describe("threads that decode and crop ahead of the learner; the crops do not depend on it"),
      maxCorruptFraction: share
        .default(0.05)
        .describe("the run gives up when more than this share of the images seen cannot be used"),
    })
    .prefault({}),
  learner: z
    .strictObject({
      learningRate: z.number().positive().default(5e-4),
      weightDecay: z.number().min(0).default(0.04),
      clipNorm: z.number().positive().default(1),
      lrWarmupSteps: z.int().min(0).default(5),
      teacherBase: share.default(0.99),
    })
    .prefault({}),
  value: z
    .strictObject({
      updateEvery: count.default(valueDefaults.vision.updateEvery),
      burnInSteps: z.int().min(0).default(valueDefaults.vision.burnInSteps),
      alignedBlocks: count.default(2).describe("blocks over which the value is taken, with the final norm"),
      preconditioner: z.enum(["adam", "none"]).default(valueDefaults.preconditioner),
      similarity: z.enum(["dot", "cosine"]).default(valueDefaults.similarity),
      derivative: z
        .enum(["forward-mode", "central-difference", "forward-difference"])
        .default(valueDefaults.derivative),
      metaBatchSize: count
        .optional()
        .describe("images of a batch of its own that the value is computed on; by default the learner's batch"),
      feedbackBatchSize: count.default(32),
      initialFeedbackBatches: count.default(valueDefaults.vision.initialFeedbackBatches),
      feedbackEmaDecay: share.default(valueDefaults.feedbackEmaDecay),
      teacherInput: z.enum(["masked", "augmented"]).default("masked"),
    })
    .prefault({}),
  designer: z
    .strictObject({
      kind: z.enum(["unet", "sit"]).default("unet"),
      baseChannels: count.default(8),
      depth: count.default(3),
      width: count.default(48).describe("of the transformer designer (sit)"),
      layers: count.default(2),
      patchSize: count.default(4),
      maskResolution: z.enum(["pixel", "patch"]).default("pixel").describe("a logit a pixel, or one a patch, grown"),
      learningRate: z.number().positive().default(2e-2),
      clipNorm: z.number().positive().default(1),
      keepRatio: share.default(0.6),
      keepRatioWeight: z.number().min(0).default(0.005),
      smoothnessWeight: z.number().min(0).default(0.00001),
      tiltStrength: z
        .number()
        .min(0)
        .default(1)
        .describe("of the closed-form masks: logits move by this many deviations"),
      blur: z.number().positive().default(32).describe("deviation of the mask's blur, in pixels at a side of 224"),
    })
    .prefault({}),
  tasks: z
    .strictObject({ segmentation: z.number().min(0).default(1), depth: z.number().min(0).default(1) })
    .prefault({})
    .describe("α of each task in the feedback; 0 leaves it out"),
  evaluatorHeads: z
    .strictObject({
      kind: z.enum(["linear", "conv"]).default("linear"),
      learningRate: z.number().positive().default(1e-2),
      updatesPerMetaStep: count.default(2),
      initialUpdates: count.default(60),
      batchSize: count.default(16),
      minLossDrop: z
        .number()
        .lt(1)
        .default(0.05)
        .describe(
          "meta steps wait until the heads' loss has fallen by this fraction: an untrained head's gradient is noise",
        ),
    })
    .prefault({}),
  linearProbe: z
    .strictObject({
      steps: count.default(300),
      learningRate: z.number().positive().default(1e-2),
      batchSize: count.default(16),
    })
    .prefault({})
    .describe("linear-BN heads trained on the frozen backbone for the score"),
});

/** A vision run as it is written. */
export type VisionConfigInput = z.input<typeof visionConfigSchema>;
/** A vision run with all defaults in place. */
export type VisionConfig = z.output<typeof visionConfigSchema>;

/**
 * A vision configuration file's default export; returns its argument, typed.
 *
 * @example
 * ```ts
 * export default defineVisionConfig({ kind: "vision", steps: 60 });
 * ```
 */
export const defineVisionConfig = (config: VisionConfigInput): VisionConfigInput => config;
