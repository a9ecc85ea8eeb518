import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { VptError } from "@vpt/core";
import { openNyuDepth } from "@vpt/data/hdf5";
import { nyuSubsets, nyuv2, parseBtsList } from "@vpt/eval/nyuv2";
import { defineCommand } from "citty";
import { type DepthItem, runDepth } from "../../eval-vision/run-depth.js";
import { readNyuSplits } from "@vpt/train/vision";
import { depthPair, windowOf } from "./depth.js";
import { oneOf, wholeNumber } from "./options.js";
import { headArgs, visionArgs } from "./vision-options.js";

type Field = "rawDepths" | "depths";

export const nyuv2Command = defineCommand({
  meta: {
    name: "nyuv2",
    description:
      "NYUv2 depth errors of a head on a frozen ViT, by DINOv3's linear protocol. Example: vpt eval nyuv2 --model facebook/dinov3-vits16 --data nyu_depth_v2_labeled.mat --splits splits.mat --out runs/nyuv2",
  },
  args: {
    ...visionArgs,
    ...headArgs,
    data: {
      type: "string",
      required: true,
      description: "nyu_depth_v2_labeled.mat, or BTS's folder with nyu_train.txt and nyu_test.txt",
    },
    splits: {
      type: "string",
      description: "splits.mat, or JSON { trainNdxs, testNdxs } that counts from 1; for the .mat",
    },
    "depth-field": { type: "string", default: "rawDepths", description: "rawDepths (with holes) or depths (filled)" },
    subset: { type: "string", default: "all", description: "training images: all, or paper (512 drawn by the seed)" },
    window: { type: "string", default: "416x544", description: "height and width of training windows" },
    crop: { type: "string", default: "eigen", description: "eigen or none" },
    flip: { type: "boolean", default: true, description: "average with the mirrored image; --no-flip for not" },
  },
  async run({ args }) {
    const field = oneOf("--depth-field", args["depth-field"], ["rawDepths", "depths"]);
    const crop = oneOf("--crop", args.crop, ["eigen", "none"]);
    const isPaper = oneOf("--subset", args.subset, ["all", "paper"]) === "paper";
    if (!existsSync(args.data))
      throw new VptError(`${args.data}: no such file; expected nyu_depth_v2_labeled.mat or BTS's folder`);
    const isFolder = statSync(args.data).isDirectory();
    const { train, test, close } = isFolder ? btsItems(args.data) : await matItems(args.data, args.splits, field);
    const indices = train.map((_, i) => i);
    const kept = isPaper ? nyuSubsets(indices, { seed: wholeNumber("--seed", args.seed, 0) }).head : indices;
    try {
      await runDepth(
        {
          name: "nyuv2",
          train: kept.map((i) => train[i]!),
          test,
          maxDepth: nyuv2.maxDepth,
          crop,
          window: windowOf(args.window),
          settings: { depthField: isFolder ? "rawDepths" : field },
        },
        args,
      );
    } finally {
      close();
    }
  },
});

async function matItems(path: string, splits: string | undefined, field: Field) {
  if (splits === undefined)
    throw new VptError("--splits: expected splits.mat of the official split, or JSON { trainNdxs, testNdxs }");
  const nyu = await openNyuDepth(path);
  const { train, test } = readNyuSplits(splits, nyu.count, "--splits");
  const item = (index: number): DepthItem => ({
    id: `image ${index + 1}`,
    load: async () => ({ image: nyu.image(index), truth: nyu.depth(index, field) }),
  });
  return { train: train.map(item), test: test.map(item), close: () => nyu.close() };
}

function btsItems(folder: string) {
  const items = (list: string): DepthItem[] => {
    const path = join(folder, list);
    if (!existsSync(path))
      throw new VptError(`${path}: no such file; expected BTS's lists nyu_train.txt and nyu_test.txt`);
    return parseBtsList(readFileSync(path, "utf8")).map(({ image, depth }) => {
      if ([image, depth].some((name) => name.split("/").includes("..")))
        throw new VptError(`${path}: ${image} leads out of the folder`);
      return depthPair({ name: image, image: join(folder, image), map: join(folder, depth) }, 1000);
    });
  };
  return { train: items("nyu_train.txt"), test: items("nyu_test.txt"), close: () => undefined };
}
