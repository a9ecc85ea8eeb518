import { mathTask } from "@vpt/eval/math";
import { defineCommand } from "citty";
import { drawShots } from "./draw-shots.js";
import { mathItem } from "@vpt/eval/rows";
import { loadMath } from "./load-items-of.js";
import { decodingOf, generationArgs, oneOf } from "./options.js";
import { runGeneration } from "./run-generation.js";
import { showRecord } from "./show-record.js";

export const mathCommand = defineCommand({
  meta: {
    name: "math",
    description: "MATH or MATH-500, greedy. Example: vpt eval math --model smollm2 --data test.jsonl --limit 64",
  },
  args: {
    ...generationArgs,
    preset: { type: "string", default: "vpt-boxed", description: "vpt-boxed, hendrycks or minerva (its 4 own shots)" },
  },
  async run({ args }) {
    const preset = oneOf("--preset", args.preset, ["vpt-boxed", "hendrycks", "minerva"]);
    const { demonstrations, indices } = await drawShots(
      args,
      mathItem,
      preset === "minerva" ? minervaShots : undefined,
    );
    const task = mathTask({
      preset,
      demonstrations,
      decoding: decodingOf(args),
    });
    const record = await runGeneration(task, await loadMath(args), args);
    showRecord(record, args, { data: args.data, ...(indices.length > 0 && { demonstrations: indices }) });
  },
});

const minervaShots = {
  shots: 4,
  fixed:
    "rows { problem, solution } that end `Final Answer: The final answer is $X$. I hope it is correct.` (arXiv 2206.14858, appendix D), as lm-evaluation-harness has them in tasks/minerva_math/utils.py",
};
