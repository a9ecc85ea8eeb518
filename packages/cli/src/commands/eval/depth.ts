import { listImagePairs, readImagePair, type ImagePairReference } from "@vpt/data/images";
import { defineCommand } from "citty";
import { type DepthItem, runDepth } from "../../eval-vision/run-depth.js";
import { realNumber, wholeNumber } from "./options.js";
import { headArgs, visionArgs } from "./vision-options.js";

/** A pair whose map is a 16-bit PNG, `unit` of its steps to the metre. */
export const depthPair = (reference: ImagePairReference, unit: number): DepthItem => ({
  id: reference.name,
  load: async () => {
    const { image, labels } = await readImagePair(reference);
    return { image, truth: { ...labels, data: Float32Array.from(labels.data, (value) => value / unit) } };
  },
});

/** `HEIGHTxWIDTH`. */
export function windowOf(text: string): { readonly width: number; readonly height: number } {
  const [height = "", width = ""] = text.split("x");
  return { width: wholeNumber("--window", width), height: wholeNumber("--window", height) };
}

export const depthCommand = defineCommand({
  meta: {
    name: "depth",
    description:
      "Depth errors of a head on a frozen ViT, trained and tested on folders of images and 16-bit depth PNGs. Example: vpt eval depth --model runs/vision/value --images set/images --depth set/depth --out runs/depth-eval",
  },
  args: {
    ...visionArgs,
    ...headArgs,
    images: { type: "string", required: true, description: "folder with one of images for each split" },
    depth: {
      type: "string",
      required: true,
      description: "the same with 16-bit PNGs of the same names; 0 was not measured",
    },
    splits: { type: "string", default: "train,val", description: "folder to train the head on, folder to score" },
    unit: { type: "string", default: "1000", description: "steps of the PNGs to the metre" },
    "max-depth": { type: "string", default: "10", description: "metres beyond which truth does not count" },
    window: { type: "string", default: "416x544", description: "height and width of training windows" },
    flip: { type: "boolean", default: false, description: "average with the mirrored image" },
  },
  async run({ args }) {
    const [train = "train", val = "val"] = args.splits.split(",");
    const unit = realNumber("--unit", args.unit, [1e-6, 1e6]);
    const items = (split: string): DepthItem[] =>
      listImagePairs(`${args.images}/${split}`, `${args.depth}/${split}`).map((pair) => depthPair(pair, unit));
    await runDepth(
      {
        name: "depth",
        train: items(train),
        test: items(val),
        maxDepth: realNumber("--max-depth", args["max-depth"], [0.01, 1e4]),
        crop: "none",
        window: windowOf(args.window),
      },
      args,
    );
  },
});
