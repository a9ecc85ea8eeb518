import { mathTask } from "@vpt/eval/math";
import { defineCommand } from "citty";
import { drawShots } from "./draw-shots.js";
import { mathItem } from "./items.js";
import { loadItems } from "./load-items.js";
import { generationArgs, oneOf, wholeNumber } from "./options.js";
import { runGeneration } from "./run-generation.js";
import { showRecord } from "./show-record.js";

export const mathCommand = defineCommand({
  meta: {
    name: "math",
    description: "MATH or MATH-500, greedy. Example: vpt eval math --model smollm2 --data test.jsonl --limit 64",
  },
  args: {
    ...generationArgs,
    preset: { type: "string", default: "vpt-boxed", description: "vpt-boxed, hendrycks or minerva" },
  },
  async run({ args }) {
    const limit = args.limit === undefined ? undefined : wholeNumber("--limit", args.limit);
    const longest = args["max-new-tokens"];
    const { demonstrations, indices } = await drawShots(args, mathItem);
    const task = mathTask({
      preset: oneOf("--preset", args.preset, ["vpt-boxed", "hendrycks", "minerva"]),
      demonstrations,
      ...(longest !== undefined && { decoding: { maxNewTokens: wholeNumber("--max-new-tokens", longest) } }),
    });
    const record = await runGeneration(task, await loadItems(args.data, mathItem, limit), args);
    showRecord(record, args, { data: args.data, ...(indices.length > 0 && { demonstrations: indices }) });
  },
});
