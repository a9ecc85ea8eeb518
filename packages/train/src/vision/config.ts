import { valueDefaults } from "@vpt/core";
import { z } from "zod";
import { matchRule, methodsSchema, sharedConfigShape } from "../config/shared-config.js";
import { learnerKeys, valueKeys } from "../config/shared-sections.js";
import type { VisionConfigInput } from "./vision-config-input.js";
import { visionMethods } from "./vision-methods.js";

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
    unlabeledSize: count.default(48).describe("side of an unlabelled image, in pixels"),
    watermark: share
      .default(0)
      .describe("strength of a fine pattern over part of each stream image, its own: a shortcut that a mask can close"),
    seed: z.int().default(0).describe("seed of the images and of which image has which role"),
  }),
  z.strictObject({
    pairs: z
      .string()
      .meta({ path: true })
      .describe("a folder with images/{train,val} and annotations/{train,val} of the same names"),
    splits: z.tuple([z.string(), z.string()]).default(["train", "val"]).describe("the folders' names: training, test"),
    classes: count.default(11).describe("classes of the label maps, void left out"),
    zeroIsVoid: z.boolean().default(false).describe("label 0 is no class and 1 is the first, as in ADE20K"),
    evaluatorHeads: count.default(96).describe("labelled images that evaluator heads train on"),
    feedback: count.default(96).describe("labelled images that only the value sees"),
    size: z.tuple([count, count]).default([96, 128]).describe("height and width of labelled images, in pixels"),
    unlabeledSize: count.default(144).describe("short side of an unlabelled image, in pixels"),
    limit: count.optional().describe("images of each split"),
    unlabeled: streamFolder,
    seed: z.int().default(0).describe("seed of which image has which role"),
  }),
  z.strictObject({
    nyuv2: z.string().meta({ path: true }).describe("the file nyu_depth_v2_labeled.mat"),
    splits: z
      .string()
      .meta({ path: true })
      .describe("the file splits.mat of the official split, or JSON { trainNdxs, testNdxs } that counts from 1"),
    depthField: z.enum(["rawDepths", "depths"]).default("rawDepths").describe("with holes, or filled"),
    mapping: z
      .string()
      .meta({ path: true })
      .optional()
      .describe("classMapping40.mat: label maps of 40 classes beside the depths; by default depth alone"),
    evaluatorHeads: count.default(512).describe("labelled images that evaluator heads train on"),
    feedback: count.default(128).describe("labelled images that only the value sees"),
    size: z.tuple([count, count]).default([480, 640]).describe("height and width of labelled images, in pixels"),
    unlabeledSize: count.default(480).describe("short side of an unlabelled image, in pixels"),
    unlabeled: streamFolder,
    seed: z.int().default(0).describe("seed of which image has which role"),
  }),
]);

/** The schema of a vision run; every default is a working one at tiny scale. */
export const visionConfigSchema = z
  .strictObject({
    kind: z.literal("vision").describe("the workload"),
    model: z
      .union([
        z.string().meta({ path: "existing" }),
        z.strictObject({
          hiddenSize: count.default(64).describe("width of the hidden states"),
          layers: count.default(4).describe("transformer blocks"),
          heads: count.default(2).describe("attention heads of a block"),
          patchSize: count.default(4).describe("side of a patch, in pixels"),
          registers: z.int().min(0).default(2).describe("register tokens beside the class token"),
          initializerRange: z
            .number()
            .positive()
            .default(0.1)
            .describe(
              "deviation of fresh weights; a small model needs more than 0.02 to tell images apart at the start",
            ),
        }),
      ])
      .prefault({})
      .describe("the encoder: a folder or Hugging Face id of a DINOv3 or DINOv2 ViT, or the sizes of a fresh one"),
    projectionHead: z
      .strictObject({
        hiddenSize: count.default(128).describe("width of the head's hidden layers"),
        bottleneckSize: count.default(32).describe("width of the normalised layer before the last one"),
        outputSize: count.default(256).describe("prototypes, the outputs that DINO's loss compares"),
      })
      .prefault({})
      .describe("the DINO head of student and teacher"),
    ...sharedConfigShape,
    startSeed: z.int().default(0).describe("seed of the fresh model and its pretraining: one start for all seeds"),
    pretrainSteps: z
      .int()
      .min(0)
      .default(150)
      .describe("steps of plain DINO before the methods, which all start from the result"),
    pretrainLearningRate: z.number().positive().default(1e-3).describe("learning rate of the steps of `pretrainSteps`"),
    methods: methodsSchema(visionMethods).default(["baseline", "value", "random-direction", "random-mask"]),
    data: data.prefault({ rendered: true }).describe("rendered rooms, pairs of images and label maps, or NYUv2"),
    batchSize: count.default(16).describe("images of a learner batch"),
    crops: z
      .strictObject({
        globalSize: count.default(32).describe("side of a global crop, in pixels"),
        localSize: count.default(16).describe("side of a local crop, in pixels"),
        locals: z.int().min(0).default(4).describe("local crops of an image"),
        photometric: z.boolean().default(true).describe("change colours, blur and solarise crops at random"),
        ropeAugmentation: z.boolean().default(true).describe("DINOv3's train-time change of patch coordinates"),
      })
      .prefault({})
      .describe("crops of the unlabelled images that DINO compares"),
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
      .prefault({})
      .describe("how images are read"),
    learner: z
      .strictObject({
        learningRate: z.number().positive().default(5e-4).describe("peak learning rate of AdamW"),
        weightDecay: z.number().min(0).default(0.04).describe("decoupled weight decay of AdamW; 0 disables it"),
        weightDecayOn: learnerKeys.weightDecayOn,
        clipNorm: z
          .number()
          .positive()
          .default(1)
          .describe("largest norm of a step's gradient; a longer one is scaled down"),
        lrWarmupSteps: z.int().min(0).default(5).describe("steps over which the learning rate rises from 0"),
        finalLearningRateShare: learnerKeys.finalLearningRateShare,
        teacherBase: share.default(0.99).describe("decay of the teacher's moving average at the start; it rises to 1"),
      })
      .prefault({})
      .describe("the student's optimizer and its teacher"),
    value: z
      .strictObject({
        updateEvery: count
          .default(valueDefaults.vision.updateEvery)
          .describe("learner steps between two updates of the designer"),
        burnInSteps: z
          .int()
          .min(0)
          .default(valueDefaults.vision.burnInSteps)
          .describe("learner steps before the first update of the designer"),
        alignedBlocks: count.default(2).describe("blocks over which the value is taken, with the final norm"),
        ...valueKeys,
        metaBatchSize: count
          .optional()
          .describe("images of a batch of its own that the value is computed on; by default the learner's batch"),
        feedbackBatchSize: count.default(32).describe("labelled images of a feedback batch"),
        initialFeedbackBatches: count
          .default(valueDefaults.vision.initialFeedbackBatches)
          .describe("feedback batches whose gradients are averaged for the first update of the designer"),
        feedbackEmaDecay: share
          .default(valueDefaults.feedbackEmaDecay)
          .describe("decay of the moving average of feedback gradients; 0 takes each gradient alone"),
        teacherInput: z
          .enum(["masked", "augmented"])
          .default("masked")
          .describe("what the teacher is given: masked images, or images without a mask"),
      })
      .prefault({})
      .describe("how the value of a mask is computed, and from what feedback"),
    designer: z
      .strictObject({
        kind: z.enum(["unet", "sit"]).default("unet").describe("a convolutional U-Net, or a small transformer (sit)"),
        baseChannels: count
          .default(8)
          .describe("channels of the U-Net's first level; each level below has twice as many"),
        depth: count.default(3).describe("levels of the U-Net"),
        width: count.default(48).describe("width of the transformer (sit)"),
        layers: count.default(2).describe("blocks of the transformer (sit)"),
        patchSize: count.default(4).describe("side of the transformer's patches, in pixels (sit)"),
        maskResolution: z
          .enum(["pixel", "patch"])
          .default("pixel")
          .describe("one logit per pixel, or one per patch, enlarged to pixels (sit)"),
        learningRate: z.number().positive().default(2e-2).describe("learning rate of the designer's AdamW"),
        clipNorm: z
          .number()
          .positive()
          .default(1)
          .describe("largest norm of the designer's gradient; a longer one is scaled down"),
        keepRatio: share.default(0.6).describe("share of the pixels to keep; masks start there"),
        keepRatioWeight: z
          .number()
          .min(0)
          .default(0.005)
          .describe("weight of (mean of the mask − keepRatio)²; 0 disables it"),
        smoothnessWeight: z
          .number()
          .min(0)
          .default(0.00001)
          .describe("weight of the mean difference of neighbouring mask pixels; 0 disables it"),
        tiltStrength: z
          .number()
          .min(0)
          .default(1)
          .describe("closed-form masks (tilt): logits move by this many standard deviations"),
        blur: z
          .number()
          .positive()
          .default(32)
          .describe("standard deviation of the mask's blur, in pixels of an image of side 224"),
      })
      .prefault({})
      .describe("the learned designer of masks and its regularisers"),
    tasks: z
      .strictObject({
        segmentation: z.number().min(0).default(1).describe("α of segmentation; 0 leaves it out"),
        depth: z.number().min(0).default(1).describe("α of depth; 0 leaves it out"),
      })
      .prefault({})
      .describe("α of each task in the feedback; 0 leaves it out"),
    evaluatorHeads: z
      .strictObject({
        kind: z.enum(["linear", "conv"]).default("linear").describe("one linear layer per patch, or convolutions"),
        learningRate: z.number().positive().default(1e-2).describe("learning rate of the heads"),
        updatesPerMetaStep: count.default(2).describe("updates of the heads before each update of the designer"),
        initialUpdates: count.default(60).describe("updates of the heads before the first update of the designer"),
        batchSize: count.default(16).describe("labelled images of an update"),
        minLossDrop: z
          .number()
          .lt(1)
          .default(0.05)
          .describe(
            "meta steps wait until the heads' loss has fallen by this fraction: an untrained head's gradient is noise",
          ),
      })
      .prefault({})
      .describe("heads whose losses on labelled images are the feedback"),
    linearProbe: z
      .strictObject({
        steps: count.default(300).describe("steps of the probe's training"),
        learningRate: z.number().positive().default(1e-2).describe("learning rate of the probe"),
        batchSize: count.default(16).describe("labelled images of a step"),
      })
      .prefault({})
      .describe("linear-BN heads trained on the frozen backbone for the score"),
  })
  .refine(...matchRule);

/** A vision run with all defaults in place. */
export type VisionConfig = z.output<typeof visionConfigSchema>;

/**
 * A vision configuration file's default export; returns its argument, typed.
 *
 * @example
 * ```ts
 * import { defineVisionConfig } from "@vpt/train/vision";
 * export default defineVisionConfig({ kind: "vision", steps: 60 });
 * ```
 */
export const defineVisionConfig = (config: VisionConfigInput): VisionConfigInput => config;
