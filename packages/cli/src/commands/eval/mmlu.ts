import { VptError } from "@vpt/core";
import { evaluateChoices } from "@vpt/eval";
import { mmluTask, summarize, type MmluItem } from "@vpt/eval/mmlu";
import { choiceScorer } from "@vpt/lang/evaluation";
import { defineCommand } from "citty";
import { compile, createProgress, showTimeLeft } from "@vpt/train";
import { mmluItem } from "@vpt/eval/rows";
import { hasSplits, loadItems, syntheticMmlu } from "@vpt/data";
import { loadOptionsOf } from "./load-items-of.js";
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
    style: { type: "string", default: "lm-eval", description: "lm-eval, or hendrycks-test (the authors' own prompt)" },
    shots: { type: "string", default: "0", description: "solved rows of the subject shown first" },
    dev: {
      type: "string",
      description: "file or folder that solved rows come from, in its order; --data by default where it is a folder",
    },
  },
  async run({ args }) {
    const { model: name, out } = args;
    if (name === undefined) throw new VptError("--model: expected a model, such as smollm2");
    const style = oneOf("--style", args.style, ["lm-eval", "hendrycks-test"]);
    const batchSize = wholeNumber("--batch", args.batch);
    const demonstrationsOf = await demonstrations(wholeNumber("--shots", args.shots, 0), args);
    const items = await loadItems(args.data, mmluItem, loadOptionsOf(args, syntheticMmlu));
    const progress = createProgress();
    const { model } = await loadModel(name, args.device, progress);
    const onProgress = showTimeLeft(progress, (done, total) => `${done}/${total} rows`);
    const task = mmluTask({ style, ...(demonstrationsOf && { demonstrationsOf }) });
    const record = await evaluateChoices(task, items, choiceScorer(model, { batchSize, compile }), {
      model: name,
      batchSize,
      ...(out !== undefined && { file: out }),
      onProgress,
    });
    const results = record.perItem.map(({ correct }, i) => ({ subject: items[i]!.subject, correct }));
    showRecord(record, args, { data: args.data, macroOverSubjects: summarize(results, style).macro });
  },
});

async function demonstrations(
  shots: number,
  { dev, data }: { readonly dev?: string | undefined; readonly data: string },
) {
  if (shots === 0) return undefined;
  const source = dev ?? (hasSplits(data) ? data : undefined);
  if (source === undefined) throw new VptError("--dev: expected the file of dev rows that --shots are taken from");
  const rows: readonly MmluItem[] = await loadItems(source, mmluItem, { split: "dev" });
  return (subject: string) => rows.filter((row) => row.subject === subject).slice(0, shots);
}
