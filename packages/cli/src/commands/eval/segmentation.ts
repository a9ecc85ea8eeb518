import { listImagePairs } from "@vpt/data/images";
import { defineCommand } from "citty";
import { runSegmentation } from "../../eval-vision/run-segmentation.js";
import { oneOf, wholeNumber } from "./options.js";
import { headArgs, visionArgs } from "./vision-options.js";

export const segmentationCommand = defineCommand({
  meta: {
    name: "segmentation",
    description:
      "mIoU of a head on a frozen ViT, trained and tested on folders of images and label PNGs. Example: vpt eval segmentation --model runs/vision/value --images camvid/images --labels camvid/annotations --classes 11 --size 96 --out runs/camvid-eval",
  },
  args: {
    ...visionArgs,
    ...headArgs,
    images: { type: "string", required: true, description: "folder with one of images for each split" },
    labels: { type: "string", required: true, description: "the same with 8-bit label PNGs of the same names" },
    splits: { type: "string", default: "train,val", description: "folder to train the head on, folder to score" },
    classes: { type: "string", required: true, description: "their number, or their names with commas between" },
    ignore: { type: "string", default: "255", description: "label that does not count" },
    size: { type: "string", default: "512", description: "short side, and side of crops and windows" },
    inference: {
      type: "string",
      default: "sliding",
      description: "sliding windows, or square: the whole image at once",
    },
  },
  async run({ args }) {
    const [train = "train", val = "val"] = args.splits.split(",");
    const pairs = (split: string) => listImagePairs(`${args.images}/${split}`, `${args.labels}/${split}`);
    const names = args.classes.split(",");
    const classes =
      names.length > 1 ? names : Array.from({ length: wholeNumber("--classes", args.classes) }, (_, i) => `class ${i}`);
    await runSegmentation(
      {
        name: "segmentation",
        train: pairs(train),
        test: pairs(val),
        classes,
        reduceZeroLabel: false,
        ignore: wholeNumber("--ignore", args.ignore, 0),
        size: wholeNumber("--size", args.size),
        inference: oneOf("--inference", args.inference, ["sliding", "square"]),
        iterations: 4_000,
      },
      args,
    );
  },
});
