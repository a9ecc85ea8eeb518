import { useBackend } from "@vpt/backend";
import { benchDino, dinoParts, dinoShapes, type DinoPart, type DinoShapeName } from "@vpt/bench";
import { VptError } from "@vpt/core";
import { defineCommand } from "citty";
import { createProgress } from "@vpt/train";
import { wholeNumber } from "../eval/options.js";
import { commonArguments, pythonOf, roundsArgument, valueArguments } from "./arguments.js";
import { print, show } from "./show.js";

export const dinoCommand = defineCommand({
  meta: {
    name: "dino",
    description:
      "One whole DINO step, ours compiled and PyTorch's eager in turn; V-Pretraining at r = 4 / baseline. Example: vpt bench dino --reference torch --json",
  },
  args: {
    shape: { type: "string", default: "vit-s16", description: Object.keys(dinoShapes).join(" or ") },
    batch: { type: "string", default: "8", description: "images a step" },
    blocks: valueArguments.blocks,
    designer: { type: "string", default: "unet", description: "unet or sit" },
    "meta-batch": { type: "string", description: "images of the value's own batch; a quarter of --batch by default" },
    only: {
      type: "string",
      description: `${dinoParts.join(", ")}: one part, in a minute or two; memory's peak needs a process of its own`,
    },
    ...commonArguments,
    ...roundsArgument,
  },
  async run({ args, rawArgs }) {
    const { shape, batch, blocks, rounds, reference, python, only, designer, "meta-batch": metaBatch } = args;
    if (designer !== "unet" && designer !== "sit")
      throw new VptError(`--designer: expected unet or sit, received "${designer}"`);
    if (only !== undefined && !dinoParts.includes(only as DinoPart))
      throw new VptError(`--only: expected ${dinoParts.join(", ")}, received "${only}"`);
    if (!(shape in dinoShapes))
      throw new VptError(`--shape: expected ${Object.keys(dinoShapes).join(" or ")}, received "${shape}"`);
    const progress = createProgress();
    await useBackend({ log: progress.log });
    const result = await benchDino({
      shape: shape as DinoShapeName,
      batch: wholeNumber("--batch", batch),
      blocks: wholeNumber("--blocks", blocks),
      rounds: wholeNumber("--rounds", rounds),
      designer,
      ...(metaBatch !== undefined && { metaBatch: wholeNumber("--meta-batch", metaBatch) }),
      ...(only !== undefined && { only: only as DinoPart }),
      ...pythonOf({ reference, python }),
      onRound: progress.setStatus,
    });
    await show(args, rawArgs, result, () => print(result.comparison, result.ratios, result.fastestRatios));
  },
});
