import { gsm8kTask } from "@vpt/eval/gsm8k";
import { defineCommand } from "citty";
import { drawShots } from "./draw-shots.js";
import { gsm8kItem } from "./items.js";
import { loadItems } from "./load-items.js";
import { generationArgs, oneOf, wholeNumber } from "./options.js";
import { runGeneration } from "./run-generation.js";
import { showRecord } from "./show-record.js";

export const gsm8kCommand = defineCommand({
  meta: {
    name: "gsm8k",
    description:
      "GSM8K, greedy. Example: vpt eval gsm8k --model smollm2 --data test.jsonl --limit 64 --out gsm8k.jsonl",
  },
  args: {
    ...generationArgs,
    preset: { type: "string", default: "vpt", description: "vpt, lm-eval or lm-eval-cot" },
  },
  async run({ args }) {
    const limit = args.limit === undefined ? undefined : wholeNumber("--limit", args.limit);
    const longest = args["max-new-tokens"];
    const { demonstrations, indices } = await drawShots(args, gsm8kItem);
    const task = gsm8kTask({
      preset: oneOf("--preset", args.preset, ["vpt", "lm-eval", "lm-eval-cot"]),
      demonstrations,
      ...(longest !== undefined && { decoding: { maxNewTokens: wholeNumber("--max-new-tokens", longest) } }),
    });
    const record = await runGeneration(task, await loadItems(args.data, gsm8kItem, limit), args);
    showRecord(record, args, { data: args.data, ...(indices.length > 0 && { demonstrations: indices }) });
  },
});
