import { VptError } from "@vpt/core";
import { evaluateChoices } from "@vpt/eval";
import { mmluTask, summarize, type MmluItem } from "@vpt/eval/mmlu";
import { choiceScorer } from "@vpt/lang/score";
import { defineCommand } from "citty";
import { createProgress, remaining } from "../../progress.js";
import { compile } from "../../train/compile.js";
import { mmluItem } from "./items.js";
import { loadItems } from "./load-items.js";
import { loadModel } from "./load-model.js";
import { benchmarkArgs, oneOf, wholeNumber } from "./options.js";
import { showRecord } from "./show-record.js";

export const mmluCommand = defineCommand({
  meta: {
    name: "mmlu",
    description: "MMLU by log-likelihood of the letters. Example: vpt eval mmlu --model smollm2 --data test.jsonl",
  },
  args: {
    ...benchmarkArgs,
    style: { type: "string", default: "lm-eval", description: "lm-eval, or hendrycks (the authors' own prompt)" },
    shots: { type: "string", default: "0", description: "solved rows of the subject shown first" },
    dev: { type: "string", description: "file that solved rows come from, in its order; needed with --shots" },
  },
  async run({ args }) {
    const { model: name, out } = args;
    if (name === undefined) throw new VptError("--model: expected a model, such as smollm2");
    const limit = args.limit === undefined ? undefined : wholeNumber("--limit", args.limit);
    const style = oneOf("--style", args.style, ["lm-eval", "hendrycks"]);
    const batchSize = wholeNumber("--batch", args.batch);
    const demonstrationsOf = await demonstrations(wholeNumber("--shots", args.shots, 0), args.dev);
    const items = await loadItems(args.data, mmluItem, limit);
    const progress = createProgress();
    const { model } = await loadModel(name, args.device, progress);
    const began = Date.now();
    let before: number | undefined;
    const task = mmluTask({ style, ...(demonstrationsOf && { demonstrationsOf }) });
    // Several batches at once, so that rows of like length can share one.
    const record = await evaluateChoices(task, items, choiceScorer(model, { batchSize, compile }), {
      model: name,
      batchSize: 8 * batchSize,
      ...(out !== undefined && { file: out }),
      onProgress: (done, total) => {
        before ??= done;
        progress.update(`${done}/${total} rows, ${remaining(done - before, total - before, (Date.now() - began) / 1000)}`); // prettier-ignore
      },
    });
    const results = record.perItem.map(({ correct }, i) => ({ subject: items[i]!.subject, correct }));
    showRecord(record, args, { data: args.data, macro: summarize(results, style).macro });
  },
});

async function demonstrations(shots: number, dev: string | undefined) {
  if (shots === 0) return undefined;
  if (dev === undefined) throw new VptError("--dev: expected the file of dev rows that --shots are taken from");
  const rows: readonly MmluItem[] = await loadItems(dev, mmluItem);
  return (subject: string) => rows.filter((row) => row.subject === subject).slice(0, shots);
}
