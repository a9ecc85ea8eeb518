import type { SharedConfigInput, SharedValueInput } from "../config/shared-config-input.js";
import type { CustomMethod } from "../workload.js";
import type { VisionMethod } from "./vision-methods.js";

/** A vision run's configuration as it is written: every key with a default may be left out. */
export interface VisionConfigInput extends SharedConfigInput {
  /** The workload. Required. */
  kind: "vision";
  /** The encoder: a folder or Hugging Face id of a DINOv3 or DINOv2 ViT, or the sizes of a fresh one. @default {} */
  model?: string | FreshEncoderInput | undefined;
  /** The DINO head of student and teacher. @default {} */
  projectionHead?: ProjectionHeadInput | undefined;
  /** Steps of plain DINO before the methods, which all start from the result. @default 150 */
  pretrainSteps?: number | undefined;
  /** Seed of the fresh model and its pretraining: one start for all seeds. @default 0 */
  startSeed?: number | undefined;
  /** Learning rate of the steps of `pretrainSteps`. @default 0.001 */
  pretrainLearningRate?: number | undefined;
  /**
   * Methods to train from the same start, one after another: baseline, value, tilt, random-direction, random-tilt,
   * random-mask, oracle, or { name, … } of your own.
   *
   * @default ["baseline", "value", "random-direction", "random-mask"]
   */
  methods?: (VisionMethod | CustomMethod)[] | undefined;
  /** Rendered rooms, pairs of images and label maps, or NYUv2. @default { rendered: true } */
  data?: RenderedRoomsInput | ImagePairsInput | NyuInput | undefined;
  /** Images of a learner batch. @default 16 */
  batchSize?: number | undefined;
  /** Crops of the unlabelled images that DINO compares. @default {} */
  crops?: CropsInput | undefined;
  /** How images are read. @default {} */
  loader?: ImageLoaderInput | undefined;
  /** The student's optimizer and its teacher. @default {} */
  learner?: VisionLearnerInput | undefined;
  /** How the value of a mask is computed, and from what feedback. @default {} */
  value?: VisionValueInput | undefined;
  /** The learned designer of masks and its regularisers. @default {} */
  designer?: MaskDesignerInput | undefined;
  /** α of each task in the feedback; 0 leaves it out. @default {} */
  tasks?: VisionTasksInput | undefined;
  /** Heads whose losses on labelled images are the feedback. @default {} */
  evaluatorHeads?: EvaluatorHeadsInput | undefined;
  /** Linear-BN heads trained on the frozen backbone for the score. @default {} */
  linearProbe?: LinearProbeInput | undefined;
}

/** Sizes of a randomly initialised ViT. */
export interface FreshEncoderInput {
  /** Width of the hidden states. @default 64 */
  hiddenSize?: number | undefined;
  /** Transformer blocks. @default 4 */
  layers?: number | undefined;
  /** Attention heads of a block. @default 2 */
  heads?: number | undefined;
  /** Side of a patch, in pixels. @default 4 */
  patchSize?: number | undefined;
  /** Register tokens beside the class token. @default 2 */
  registers?: number | undefined;
  /** Deviation of fresh weights; a small model needs more than 0.02 to tell images apart at the start. @default 0.1 */
  initializerRange?: number | undefined;
}

/** The DINO head of student and teacher. */
export interface ProjectionHeadInput {
  /** Width of the head's hidden layers. @default 128 */
  hiddenSize?: number | undefined;
  /** Width of the normalised layer before the last one. @default 32 */
  bottleneckSize?: number | undefined;
  /** Prototypes, the outputs that DINO's loss compares. @default 256 */
  outputSize?: number | undefined;
}

/** Rendered rooms with label maps and depth maps. */
export interface RenderedRoomsInput {
  /** Rooms with solids, rendered in the project: image, labels, depth. Required. */
  rendered: true;
  /** Unlabelled images. @default 768 */
  unlabeled?: number | undefined;
  /** Labelled images that evaluator heads train on. @default 64 */
  evaluatorHeads?: number | undefined;
  /** Labelled images that only the value sees. @default 64 */
  feedback?: number | undefined;
  /** Labelled images that the final probe trains on. @default 96 */
  linearProbe?: number | undefined;
  /** Labelled images that are scored. @default 128 */
  test?: number | undefined;
  /** Side of an unlabelled image, in pixels. @default 48 */
  unlabeledSize?: number | undefined;
  /**
   * Strength of a fine pattern over part of each stream image, its own: a shortcut that a mask can close.
   *
   * @default 0
   */
  watermark?: number | undefined;
  /** Seed of the images and of which image has which role. @default 0 */
  seed?: number | undefined;
}

/** Images with label maps from pairs of folders, such as CamVid's or ADE20K's. */
export interface ImagePairsInput {
  /** A folder with images/{train,val} and annotations/{train,val} of the same names. Required. */
  pairs: string;
  /** The folders' names: training, test. @default ["train", "val"] */
  splits?: [string, string] | undefined;
  /** Classes of the label maps, void left out. @default 11 */
  classes?: number | undefined;
  /** Label 0 is no class and 1 is the first, as in ADE20K. @default false */
  zeroIsVoid?: boolean | undefined;
  /** Labelled images that evaluator heads train on. @default 96 */
  evaluatorHeads?: number | undefined;
  /** Labelled images that only the value sees. @default 96 */
  feedback?: number | undefined;
  /** Height and width of labelled images, in pixels. @default [96, 128] */
  size?: [number, number] | undefined;
  /** Short side of an unlabelled image, in pixels. @default 144 */
  unlabeledSize?: number | undefined;
  /** Images of each split. @default all */
  limit?: number | undefined;
  /**
   * Unlabelled images: a folder of images or .tar shards; by default the training images, without their labels.
   *
   * @default the training images
   */
  unlabeled?: string | undefined;
  /** Seed of which image has which role. @default 0 */
  seed?: number | undefined;
}

/** Images with depth maps, and label maps if wanted, from NYU Depth v2. */
export interface NyuInput {
  /** The file nyu_depth_v2_labeled.mat. Required. */
  nyuv2: string;
  /** The file splits.mat of the official split, or JSON { trainNdxs, testNdxs } that counts from 1. Required. */
  splits: string;
  /** With holes, or filled. @default "rawDepths" */
  depthField?: "rawDepths" | "depths" | undefined;
  /** classMapping40.mat: label maps of 40 classes beside the depths; by default depth alone. @default none */
  mapping?: string | undefined;
  /** Labelled images that evaluator heads train on. @default 512 */
  evaluatorHeads?: number | undefined;
  /** Labelled images that only the value sees. @default 128 */
  feedback?: number | undefined;
  /** Height and width of labelled images, in pixels. @default [480, 640] */
  size?: [number, number] | undefined;
  /** Short side of an unlabelled image, in pixels. @default 480 */
  unlabeledSize?: number | undefined;
  /**
   * Unlabelled images: a folder of images or .tar shards; by default the training images, without their labels.
   *
   * @default the training images
   */
  unlabeled?: string | undefined;
  /** Seed of which image has which role. @default 0 */
  seed?: number | undefined;
}

/** Crops of the unlabelled images that DINO compares. */
export interface CropsInput {
  /** Side of a global crop, in pixels. @default 32 */
  globalSize?: number | undefined;
  /** Side of a local crop, in pixels. @default 16 */
  localSize?: number | undefined;
  /** Local crops of an image. @default 4 */
  locals?: number | undefined;
  /** Change colours, blur and solarise crops at random. @default true */
  photometric?: boolean | undefined;
  /** DINOv3's train-time change of patch coordinates. @default true */
  ropeAugmentation?: boolean | undefined;
}

/** How images are read. */
export interface ImageLoaderInput {
  /** Threads that decode and crop ahead of the learner; the crops do not depend on it. @default 1 */
  workers?: number | undefined;
  /** The run gives up when more than this share of the images seen cannot be used. @default 0.05 */
  maxCorruptFraction?: number | undefined;
}

/** The student's optimizer and its teacher. */
export interface VisionLearnerInput {
  /** Peak learning rate of AdamW. @default 0.0005 */
  learningRate?: number | undefined;
  /** Decoupled weight decay of AdamW; 0 disables it. @default 0.04 */
  weightDecay?: number | undefined;
  /** What decays: matrices, and so no bias and no weight of a norm, or all that trains. @default "matrices" */
  weightDecayOn?: "matrices" | "all" | undefined;
  /** Largest norm of a step's gradient; a longer one is scaled down. @default 1 */
  clipNorm?: number | undefined;
  /** Steps over which the learning rate rises from 0. @default 5 */
  lrWarmupSteps?: number | undefined;
  /** Learning rate at the end of the cosine as a share of the peak; 0 falls to zero. @default 0 */
  finalLearningRateShare?: number | undefined;
  /** Decay of the teacher's moving average at the start; it rises to 1. @default 0.99 */
  teacherBase?: number | undefined;
}

/** How the value of a mask is computed, and from what feedback. */
export interface VisionValueInput extends SharedValueInput {
  /** Learner steps between two updates of the designer. @default 2 */
  updateEvery?: number | undefined;
  /** Learner steps before the first update of the designer. @default 2 */
  burnInSteps?: number | undefined;
  /** Blocks over which the value is taken, with the final norm. @default 2 */
  alignedBlocks?: number | undefined;
  /**
   * Images of a batch of its own that the value is computed on; by default the learner's batch.
   *
   * @default the learner's batch
   */
  metaBatchSize?: number | undefined;
  /** Labelled images of a feedback batch. @default 32 */
  feedbackBatchSize?: number | undefined;
  /** Feedback batches whose gradients are averaged for the first update of the designer. @default 2 */
  initialFeedbackBatches?: number | undefined;
  /** Decay of the moving average of feedback gradients; 0 takes each gradient alone. @default 0.9 */
  feedbackEmaDecay?: number | undefined;
  /** What the teacher is given: masked images, or images without a mask. @default "masked" */
  teacherInput?: "masked" | "augmented" | undefined;
}

/** The learned designer of masks and its regularisers. */
export interface MaskDesignerInput {
  /** A convolutional U-Net, or a small transformer (sit). @default "unet" */
  kind?: "unet" | "sit" | undefined;
  /** Channels of the U-Net's first level; each level below has twice as many. @default 8 */
  baseChannels?: number | undefined;
  /** Levels of the U-Net. @default 3 */
  depth?: number | undefined;
  /** Width of the transformer (sit). @default 48 */
  width?: number | undefined;
  /** Blocks of the transformer (sit). @default 2 */
  layers?: number | undefined;
  /** Side of the transformer's patches, in pixels (sit). @default 4 */
  patchSize?: number | undefined;
  /** One logit per pixel, or one per patch, enlarged to pixels (sit). @default "pixel" */
  maskResolution?: "pixel" | "patch" | undefined;
  /** Learning rate of the designer's AdamW. @default 0.02 */
  learningRate?: number | undefined;
  /** Largest norm of the designer's gradient; a longer one is scaled down. @default 1 */
  clipNorm?: number | undefined;
  /** Share of the pixels to keep; masks start there. @default 0.6 */
  keepRatio?: number | undefined;
  /** Weight of (mean of the mask − keepRatio)²; 0 disables it. @default 0.005 */
  keepRatioWeight?: number | undefined;
  /** Weight of the mean difference of neighbouring mask pixels; 0 disables it. @default 1e-05 */
  smoothnessWeight?: number | undefined;
  /** Closed-form masks (tilt): logits move by this many standard deviations. @default 1 */
  tiltStrength?: number | undefined;
  /** Standard deviation of the mask's blur, in pixels of an image of side 224. @default 32 */
  blur?: number | undefined;
}

/** Weight α of each task in the feedback. */
export interface VisionTasksInput {
  /** α of segmentation; 0 leaves it out. @default 1 */
  segmentation?: number | undefined;
  /** α of depth; 0 leaves it out. @default 1 */
  depth?: number | undefined;
}

/** Heads whose losses on labelled images are the feedback. */
export interface EvaluatorHeadsInput {
  /** One linear layer per patch, or convolutions. @default "linear" */
  kind?: "linear" | "conv" | undefined;
  /** Learning rate of the heads. @default 0.01 */
  learningRate?: number | undefined;
  /** Updates of the heads before each update of the designer. @default 2 */
  updatesPerMetaStep?: number | undefined;
  /** Updates of the heads before the first update of the designer. @default 60 */
  initialUpdates?: number | undefined;
  /** Labelled images of an update. @default 16 */
  batchSize?: number | undefined;
  /**
   * Meta steps wait until the heads' loss has fallen by this fraction: an untrained head's gradient is noise.
   *
   * @default 0.05
   */
  minLossDrop?: number | undefined;
}

/** Linear-BN heads trained on the frozen backbone for the score. */
export interface LinearProbeInput {
  /** Steps of the probe's training. @default 300 */
  steps?: number | undefined;
  /** Learning rate of the probe. @default 0.01 */
  learningRate?: number | undefined;
  /** Labelled images of a step. @default 16 */
  batchSize?: number | undefined;
}
