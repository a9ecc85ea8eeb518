import { gsm8kTask } from "@vpt/eval/gsm8k";
import { defineCommand } from "citty";
import { drawShots, type PresetShots } from "./draw-shots.js";
import { gsm8kItem } from "@vpt/eval/rows";
import { loadGsm8k } from "./load-items-of.js";
import { decodingOf, generationArgs, layoutArgs, layoutOf, oneOf } from "./options.js";
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
    preset: { type: "string", default: "vpt", description: "vpt, lm-eval (5 shots) or lm-eval-cot (its 8 own)" },
    ...layoutArgs,
    "strip-calculator": { type: "boolean", description: "drop <<48/2=24>> from demonstrations" },
  },
  async run({ args }) {
    const preset = oneOf("--preset", args.preset, ["vpt", "lm-eval", "lm-eval-cot"]);
    const { demonstrations, indices } = await drawShots(args, gsm8kItem, presetShots[preset]);
    const task = gsm8kTask({
      preset,
      demonstrations,
      ...(preset === "vpt" && layoutOf(args)),
      ...(args["strip-calculator"] === true && { stripCalculator: true }),
      decoding: decodingOf(args),
    });
    const record = await runGeneration(task, await loadGsm8k(args), args);
    showRecord(record, args, { data: args.data, ...(indices.length > 0 && { demonstrations: indices }) });
  },
});

const presetShots: Record<"vpt" | "lm-eval" | "lm-eval-cot", PresetShots> = {
  vpt: { shots: 0 },
  "lm-eval": { shots: 5 },
  "lm-eval-cot": {
    shots: 8,
    fixed:
      "rows { question, answer } or { question, target } that end `The answer is N.`, as lm-evaluation-harness has them in tasks/gsm8k/gsm8k-cot.yaml",
  },
};
