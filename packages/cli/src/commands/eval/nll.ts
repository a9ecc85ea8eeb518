import { VptError } from "@vpt/core";
import { formatPrompt } from "@vpt/eval/gsm8k";
import { evaluateNll, nllTask, rollingWindows, type NllRequest } from "@vpt/eval/nll";
import { nllScorer } from "@vpt/lang/evaluation";
import { defineCommand } from "citty";
import { compile, createProgress, showTimeLeft } from "@vpt/train";
import { gsm8kItem, textOf } from "@vpt/eval/rows";
import { type Row, loadItems, syntheticGsm8k } from "@vpt/data";
import { loadOptionsOf } from "./load-items-of.js";
import { loadModel } from "./load-model.js";
import { benchmarkArgs, layoutArgs, layoutOf, wholeNumber } from "./options.js";
import { writeRecord } from "./show-record.js";

export const nllCommand = defineCommand({
  meta: {
    name: "nll",
    description:
      "Teacher-forced NLL per answer token after `Question: {question}\\n Answer: `, or of whole texts with --text. Example: vpt eval nll --model smollm2 --data test.jsonl --limit 64 --json",
  },
  args: {
    ...benchmarkArgs,
    ...layoutArgs,
    "append-eos": { type: "boolean", default: false, description: "count an end token after each answer" },
    text: { type: "string", description: "field of whole texts, scored in windows of the model's context" },
    overlap: { type: "string", default: "1", description: "tokens of context that a further window of a text sees" },
  },
  async run({ args }) {
    const { model: name, text, out } = args;
    if (name === undefined) throw new VptError("--model: expected a model, such as smollm2");
    const batchSize = wholeNumber("--batch", args.batch);
    const overlap = wholeNumber("--overlap", args.overlap);
    const layout = layoutOf(args);
    const appendEos = args["append-eos"];
    const request = (row: Row): NllRequest => {
      if (text !== undefined) return { text: textOf(row, text) };
      const item = gsm8kItem(row);
      return {
        prompt: formatPrompt(item, layout),
        text: `${layout.answerBlank === "answer" ? " " : ""}${item.answer}`,
      };
    };
    const items = await loadItems(args.data, request, loadOptionsOf(args, syntheticGsm8k));
    const progress = createProgress();
    const { model, backend } = await loadModel(name, args.device, progress);
    const onProgress = showTimeLeft(progress, (done, total) => `${done}/${total} rows`);
    const windows = (tokens: number) => rollingWindows(tokens, { context: model.config.maxPositions, overlap });
    const task = nllTask<NllRequest>({
      protocol: text === undefined ? "answer" : "rolling",
      request: (item) => item,
      settings: text === undefined ? { appendEos, ...layout } : { field: text, overlap },
    });
    const record = await evaluateNll(task, items, nllScorer(model, { batchSize, compile, appendEos, windows }), {
      model: name,
      batchSize,
      ...(out !== undefined && { file: out }),
      onProgress,
    });
    writeRecord(record, args, { data: args.data });
    const total = (key: "sum" | "tokens"): number =>
      record.perItem.reduce((sum, { metrics }) => sum + metrics[key]!, 0);
    const values = Object.fromEntries(Object.entries(record.metrics).map(([key, { value }]) => [key, value]));
    const { nll, ...others } = values;
    const result = {
      nllPerToken: nll!,
      ci95: record.metrics["nll"]!.ci95,
      tokens: total("tokens"),
      sum: total("sum"),
      ...others,
      rows: items.length,
      model: name,
      backend,
    };
    const [low, high] = result.ci95.map((value) => value.toFixed(4));
    console.log(
      args.json
        ? JSON.stringify(result)
        : `NLL ${result.nllPerToken.toFixed(4)} [${low}, ${high}] per token over ${result.tokens} tokens of ${items.length} ${text === undefined ? "answers" : "texts"}`,
    );
  },
});
