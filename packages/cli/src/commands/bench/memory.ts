import { benchMemory } from "@vpt/bench";
import { defineCommand } from "citty";
import { prepare, shapeArguments, valueArguments, valueSettings } from "./arguments.js";
import { gigabytes, show } from "./show.js";

export const memoryCommand = defineCommand({
  meta: {
    name: "memory",
    description:
      "Peak resident memory of a V-Pretraining step; ratio = ours / PyTorch's. Example: vpt bench memory --reference torch --json",
  },
  args: {
    ...shapeArguments,
    ...valueArguments,
    recompute: { type: "boolean", description: "our blocks run again for the gradient" },
  },
  async run({ args, rawArgs }) {
    const settings = { ...valueSettings(args), recompute: args.recompute === true };
    const result = await benchMemory({ ...(await prepare(args)), ...settings });
    await show(args, rawArgs, result, () => {
      console.log(`ours           peak ${gigabytes(result.oursBytes)}`);
      if (result.referenceBytes) console.log(`torch          peak ${gigabytes(result.referenceBytes)}`);
      if (result.ratio) console.log(`ratio ${result.ratio.toFixed(2)}`);
    });
  },
});
