import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { VptError } from "@vpt/core";
import { listImagePairs } from "@vpt/data/images";
import { ade20k, headAndFeedbackSubsets, parseObjectInfo } from "@vpt/eval/ade20k";
import { defineCommand } from "citty";
import { runSegmentation } from "../../eval-vision/run-segmentation.js";
import { oneOf, wholeNumber } from "./options.js";
import { headArgs, visionArgs } from "./vision-options.js";

export const ade20kCommand = defineCommand({
  meta: {
    name: "ade20k",
    description:
      "ADE20K mIoU of a head on a frozen ViT, by DINOv3's linear protocol. Example: vpt eval ade20k --model facebook/dinov3-vits16 --data ADEChallengeData2016 --out runs/ade20k",
  },
  args: {
    ...visionArgs,
    ...headArgs,
    data: { type: "string", required: true, description: "folder ADEChallengeData2016" },
    preset: {
      type: "string",
      default: "dinov3-linear",
      description: "dinov3-linear (40,000 updates, sliding windows) or vpt-quick (4,000, one square)",
    },
    subset: { type: "string", default: "all", description: "training images: all, or paper (2,000 drawn by the seed)" },
    size: { type: "string", default: "512", description: "short side, and side of crops and windows" },
  },
  async run({ args }) {
    const folder = (part: string): string => join(args.data, part);
    if (!existsSync(folder("annotations/training"))) {
      const isFull = existsSync(folder("images/ADE")) || existsSync(folder("index_ade20k.pkl"));
      throw new VptError(
        `${args.data}: ${isFull ? "the full ADE20K release, whose labels are colours" : "no annotations/training here"}; expected ADEChallengeData2016 (SceneParse150)`,
      );
    }
    const pairs = (split: string) => listImagePairs(folder(`images/${split}`), folder(`annotations/${split}`));
    const info = folder("objectInfo150.txt");
    const names = existsSync(info) ? parseObjectInfo(readFileSync(info, "utf8")) : [];
    const training = pairs("training");
    const isPaper = oneOf("--subset", args.subset, ["all", "paper"]) === "paper";
    const kept = isPaper
      ? new Set(
          headAndFeedbackSubsets(
            training.map(({ name }) => name),
            { seed: wholeNumber("--seed", args.seed, 0) },
          ).head,
        )
      : undefined;
    const isQuick = oneOf("--preset", args.preset, ["dinov3-linear", "vpt-quick"]) === "vpt-quick";
    await runSegmentation(
      {
        name: "ade20k",
        train: kept ? training.filter(({ name }) => kept.has(name)) : training,
        test: pairs("validation"),
        classes: Array.from({ length: ade20k.classes }, (_, i) => names[i] ?? `class ${i + 1}`),
        reduceZeroLabel: true,
        ignore: ade20k.ignoreIndex,
        size: wholeNumber("--size", args.size),
        inference: isQuick ? "square" : "sliding",
        iterations: isQuick ? 4_000 : 40_000,
      },
      args,
    );
  },
});
