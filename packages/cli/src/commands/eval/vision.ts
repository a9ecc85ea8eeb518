import type { LoadedEvaluationRecord } from "@vpt/eval/imagenet";
import { finishEvaluation } from "@vpt/report";
import { compile, createProgress, stageProgress, stopSignal } from "@vpt/train";
import { loadEncoder } from "@vpt/train/vision";
import type { ViT } from "@vpt/vision";
import {
  classColour,
  evaluateDepth,
  evaluateImagenet,
  evaluateRetrieval,
  evaluateSegmentation,
  openAde20k,
  openDepthFolders,
  openImageClasses,
  openNyuv2,
  openRetrieval,
  openSegmentationFolders,
  type EncoderEvaluation,
  type EncoderEvaluationOptions,
} from "@vpt/vision/evaluation";
import { defineCommand, type CommandDef } from "citty";
import * as option from "./options.js";
import type { Options, Values } from "./options.js";

/** Options of every benchmark on images. */
const shared = {
  model: option.required("a DINOv2 or DINOv3 ViT: a folder, a Hugging Face id, or a run such as runs/vision"),
  ...option.checkpointOptions,
  limit: option.whole("test images to score; all by default"),
  batch: option.whole("images a forward pass", 8),
  device: option.device,
  seed: option.whole("of fresh heads, crops and subsets", 0, 0),
  out: option.required("folder of records, heads, pictures and report.html; an interrupted run is continued from it"),
  pictures: option.whole("images shown in the report", 12, 0),
  maxCorruptFraction: option.real("fraction of images that may be unreadable before it gives up", 0.05, [0, 1]),
  json: option.boolean("print one JSON object"),
};

/** Options of benchmarks that train a dense head on the frozen encoder first. */
const headOptions = {
  head: option.choice(["linear", "conv"], "linear (batch norm and 1×1 convolution) or conv"),
  iterations: option.whole("updates of the head; the protocol's by default"),
  trainBatch: option.whole("crops an update", 16),
  trainLimit: option.whole("training images, drawn by the seed; all by default"),
};

const headOf = ({ head: kind, iterations, trainBatch: batchSize, trainLimit }: Values<typeof headOptions>) => ({
  kind,
  iterations,
  batchSize,
  trainImages: trainLimit,
});

const splits = (description: string) =>
  option.parsed(description, "train,val", (_, given): [string, string] => {
    const [train = "train", test = "val"] = given.split(",");
    return [train, test];
  });

const window = option.parsed("height and width of training windows", "416x544", (flag, given) => {
  const [height = "", width = ""] = given.split("x");
  return { width: option.wholeNumber(flag, width), height: option.wholeNumber(flag, height) };
});

/** One benchmark: its own options, how its images are opened, and how an encoder is evaluated on them. */
interface VisionBenchmark<Own extends Options, Set extends object> {
  readonly description: string;
  readonly options: Own;
  open(values: Values<typeof shared & Own>): Set | Promise<Set>;
  evaluate(
    given: { readonly vit: ViT; readonly set: Set; readonly values: Values<typeof shared & Own> },
    options: EncoderEvaluationOptions,
  ): Promise<EncoderEvaluation<LoadedEvaluationRecord>>;
}

const benchmark = <Own extends Options, Set extends object>(
  name: string,
  { description, options, open, evaluate }: VisionBenchmark<Own, Set>,
): CommandDef => {
  const all = { ...shared, ...options };
  return defineCommand({
    meta: { name, description },
    args: option.argsOf(all),
    run: ({ args }) =>
      option.namingFlags(all, async () => {
        const values = option.valuesOf(all, args) as unknown as Values<typeof shared & Own>;
        const { out, json, batch, device, method, checkpoint, ...given } = values as Values<typeof shared>;
        const progress = createProgress();
        const { log } = progress;
        const set = await open(values);
        try {
          const vit = await loadEncoder(given.model, { device, method, checkpoint, log });
          const { record, ...extras } = await evaluate(
            { vit, set, values },
            {
              ...given,
              folder: out,
              batchSize: batch,
              compile,
              log,
              signal: stopSignal(log),
              onProgress: stageProgress(progress),
            },
          );
          const colours = "classes" in extras ? { classColour } : {};
          await finishEvaluation(record, { out, json, model: given.model, ...colours, ...extras });
        } finally {
          (set as { close?(): void }).close?.();
        }
      }),
  }) as CommandDef;
};

/** The commands of `vpt eval` for image encoders. */
export const visionCommands = {
  segmentation: benchmark("segmentation", {
    description:
      "mIoU of a head on a frozen ViT, trained and tested on folders of images and label PNGs. Example: vpt eval " +
      "segmentation --model runs/vision --images camvid/images --labels camvid/annotations --classes " +
      "11 --out runs/camvid",
    options: {
      ...headOptions,
      images: option.required("folder with one of images for each split"),
      labels: option.required("the same with 8-bit label PNGs of the same names"),
      splits: splits("folder to train the head on, folder to score"),
      classes: option.required("their number, or their names with commas between"),
      ignore: option.whole("label that does not count", 255, 0),
      size: option.whole("short side, and side of crops and windows", 512),
      inference: option.choice(["sliding", "square"], "sliding windows, or square: the whole image at once"),
    },
    open: ({ classes, ...values }) =>
      openSegmentationFolders({
        ...values,
        classes: classes.includes(",") ? classes.split(",") : option.wholeNumber("--classes", classes),
      }),
    evaluate: ({ vit, set, values }, options) => evaluateSegmentation({ vit, set, head: headOf(values) }, options),
  }),
  ade20k: benchmark("ade20k", {
    description:
      "ADE20K mIoU of a head on a frozen ViT, by DINOv3's linear protocol. " +
      "Example: vpt eval ade20k --model facebook/dinov3-vits16 --data ADEChallengeData2016 --out runs/ade20k",
    options: {
      ...headOptions,
      data: option.required("folder ADEChallengeData2016"),
      preset: option.choice(
        ["dinov3-linear", "vpt-quick"],
        "dinov3-linear (40,000 updates, sliding windows) or vpt-quick (4,000, one square)",
      ),
      subset: option.choice(["all", "paper"], "training images: all, or paper (2,000 drawn by the seed)"),
      size: option.whole("short side, and side of crops and windows", 512),
    },
    open: ({ data, ...values }) => openAde20k(data, values),
    evaluate: ({ vit, set, values }, options) => evaluateSegmentation({ vit, set, head: headOf(values) }, options),
  }),
  depth: benchmark("depth", {
    description:
      "Depth errors of a head on a frozen ViT, trained and tested on folders of images and 16-bit depth PNGs. " +
      "Example: vpt eval depth --model runs/vision --images set/images --depth set/depth --out runs/depth",
    options: {
      ...headOptions,
      images: option.required("folder with one of images for each split"),
      depth: option.required("the same with 16-bit PNGs of the same names; 0 was not measured"),
      splits: splits("folder to train the head on, folder to score"),
      unit: option.real("steps of the PNGs to the metre", 1000, [1e-6, 1e6]),
      maxDepth: option.real("metres beyond which truth does not count", 10, [0.01, 1e4]),
      window,
      flip: option.boolean("average with the mirrored image"),
    },
    open: openDepthFolders,
    evaluate: ({ vit, set, values }, options) =>
      evaluateDepth({ vit, set, head: headOf(values), flip: values.flip }, options),
  }),
  nyuv2: benchmark("nyuv2", {
    description:
      "NYUv2 depth errors of a head on a frozen ViT, by DINOv3's linear protocol. Example: vpt eval nyuv2 " +
      "--model facebook/dinov3-vits16 --data nyu_depth_v2_labeled.mat --splits splits.mat --out runs/nyuv2",
    options: {
      ...headOptions,
      data: option.required("nyu_depth_v2_labeled.mat, or BTS's folder with nyu_train.txt and nyu_test.txt"),
      splits: option.text("splits.mat, or JSON { trainNdxs, testNdxs } that counts from 1; for the .mat"),
      depthField: option.choice(["rawDepths", "depths"], "rawDepths (with holes) or depths (filled)"),
      subset: option.choice(["all", "paper"], "training images: all, or paper (512 drawn by the seed)"),
      window,
      crop: option.choice(["eigen", "none"], "eigen or none"),
      flip: option.boolean("average with the mirrored image; --no-flip for not", true),
    },
    open: ({ data, ...values }) => openNyuv2(data, values),
    evaluate: ({ vit, set, values }, options) =>
      evaluateDepth({ vit, set, head: headOf(values), flip: values.flip }, options),
  }),
  imagenet: benchmark("imagenet", {
    description:
      "kNN or linear-BN accuracy of a frozen ViT on a folder a class, or WebDataset tars. " +
      "Example: vpt eval imagenet --model facebook/dinov3-vits16 --data imagenet --probe knn --out runs/imagenet",
    options: {
      data: option.required("folder with one of images for each split"),
      splits: splits("folder to learn from, folder to score"),
      probe: option.choice(["knn", "linear"], "knn, or linear: 13 heads on stored features, no augmentation"),
      k: option.whole("neighbours of kNN", 20),
      epochs: option.whole("of the linear probe", 100),
      trainBatch: option.whole("features an update of the linear probe", 1024),
      trainLimit: option.whole("training images, drawn by the seed; all by default"),
      shortSide: option.whole("short side before the centre crop", 256),
      size: option.whole("side of the centre crop", 224),
    },
    open: ({ data, splits }) => openImageClasses(data, { splits }),
    evaluate: ({ vit, set, values }, options) =>
      evaluateImagenet({ ...values, vit, set, trainImages: values.trainLimit }, options),
  }),
  retrieval: benchmark("retrieval", {
    description:
      "mAP Easy, Medium and Hard of revisited Oxford or Paris, mean patch token as descriptor. " +
      "Example: vpt eval retrieval --model facebook/dinov3-vits16 --data roxford5k --out runs/roxford",
    options: {
      data: option.required("folder with jpg/ and gnd_<name>.pkl, or the same as .json"),
      longSide: option.whole("long side of an image; both sides go to multiples of the patch", 512),
    },
    open: ({ data }) => openRetrieval(data),
    evaluate: ({ vit, set, values }, options) => evaluateRetrieval({ vit, set, longSide: values.longSide }, options),
  }),
};
